import { describe, expect, it } from "vitest";
import { scanText } from "../text/scan-text.ts";
import { alphabets, createTextSource, readPlainTexts, readSecretExamples } from "./secret-samples.test.support.ts";
import { createSecretsDetector } from "./secrets-detector.ts";

const detector = createSecretsDetector();
const { below, text } = createTextSource(7);

function find(value: string, using = detector) {
  return using.detect(scanText(value), { source: "user" });
}

function rulesIn(value: string): readonly string[] {
  return find(value).map(({ rule }) => rule);
}

function matchedIn(value: string): readonly string[] {
  return find(value).map(({ start, end }) => value.slice(start, end));
}

/** A file of a key or certificate, as base64. */
function encodePem(kind: string): string {
  const pem = `-----BEGIN ${kind}-----\n${text(alphabets.base64, 200)}\n-----END ${kind}-----\n`;
  return Buffer.from(pem).toString("base64");
}

describe("createSecretsDetector on the development set", () => {
  const examples = readSecretExamples();

  it("finds at least 95 of 100 secrets", () => {
    const secrets = examples.filter(({ isSecret }) => isSecret);
    const missed = secrets.filter((example) => find(example.text).length === 0).map(({ rule }) => rule);
    expect(missed.length / secrets.length, missed.join(", ")).toBeLessThanOrEqual(0.05);
  });

  it("takes at most 6 of 100 other texts for secrets", () => {
    const others = examples.filter(({ isSecret }) => !isSecret);
    const alarms = others.filter((example) => find(example.text).length > 0).map(({ rule }) => rule);
    expect(alarms.length / others.length, alarms.join(", ")).toBeLessThanOrEqual(0.06);
  });

  it("takes no plain text for a secret", () => {
    const texts = readPlainTexts();
    expect(texts.length).toBeGreaterThan(1_500);
    expect(texts.filter((plain) => find(plain).length > 0)).toEqual([]);
  });
});

describe("createSecretsDetector on tokens with a form of their own", () => {
  const { alphanumeric, base64, capital, digits, hex } = alphabets;
  const tokens: readonly (readonly [rule: string, token: () => string])[] = [
    ["aws-access-key", () => "AKIA" + text(capital, 16)],
    ["github-token", () => "ghp_" + text(alphanumeric, 36)],
    ["github-fine-grained-token", () => "github_pat_" + text(alphanumeric, 82)],
    ["gitlab-token", () => "glpat-" + text(alphanumeric, 20)],
    ["anthropic-key", () => "sk-ant-api03-" + text(alphanumeric, 93) + "AA"],
    ["openai-project-key", () => "sk-proj-" + text(alphanumeric, 156)],
    ["slack-token", () => "xoxb-" + text(digits, 12) + "-" + text(digits, 12) + "-" + text(alphanumeric, 24)],
    [
      "slack-webhook",
      () =>
        "hooks.slack" +
        ".com/services/" +
        `T${text(alphanumeric, 10)}/B${text(alphanumeric, 10)}/` +
        text(alphanumeric, 24),
    ],
    ["discord-webhook", () => `discord.com/api/webhooks/${text(digits, 18)}/${text(alphanumeric, 68)}`],
    ["discord-webhook", () => `discordapp.com/api/v10/webhooks/${text(digits, 18)}/${text(alphanumeric, 68)}`],
    [
      "teams-webhook",
      () => {
        const id = () => [8, 4, 4, 4, 12].map((length) => text(hex, length)).join("-");
        return `outlook.office.com/webhook/${id()}@${id()}/IncomingWebhook/${text(hex, 32)}/${id()}`;
      },
    ],
    ["fcm-server-key", () => "AAAA" + text(alphanumeric, 7) + ":APA91b" + text(alphanumeric, 134)],
    ["stripe-key", () => "sk_live_" + text(alphanumeric, 24)],
    ["sendgrid-key", () => "SG." + text(alphanumeric, 22) + "." + text(alphanumeric, 43)],
    ["npm-token", () => "npm_" + text(alphanumeric, 36)],
    ["telegram-bot-token", () => text("123456789", 9) + ":AA" + text(alphanumeric, 33)],
    ["vault-token", () => "hvs." + text(alphanumeric, 95)],
    [
      "authress-key",
      () =>
        "sc" +
        "_" +
        text(alphanumeric, 12) +
        "." +
        text(alphanumeric, 5) +
        ".acc_" +
        text(hex, 20) +
        "." +
        text(base64, 60),
    ],
    ["digitalocean-token", () => "dop_v1_" + text(hex, 64)],
  ];

  it.each(tokens)("finds a %s, whole, in prose, code and JSON", (rule, makeToken) => {
    const token = makeToken();
    for (const around of [
      `Use ${token} for it.`,
      `const key = "${token}";`,
      JSON.stringify({ a: [token] }),
      `(${token})`,
    ]) {
      const [finding] = find(around);
      expect(finding?.rule).toBe(rule);
      expect(around.slice(finding?.start, finding?.end)).toBe(token);
    }
  });

  it("finds a token in full-width letters at its place in the original", () => {
    const token = "gho_" + text(alphanumeric, 36);
    const wide = token.replaceAll(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
    expect(matchedIn(`see \u200b${wide} there`)).toEqual([wide]);
  });

  it("takes no example, part or longer word for a token", () => {
    const letters36 = text(alphanumeric, 36);
    for (const harmless of [
      `ghp_${"x".repeat(36)}`,
      `ghp_${text(alphanumeric, 26)}0000000000`,
      `myghp_${letters36}`,
      "ghp_" + text(alphanumeric, 20),
    ]) {
      expect(rulesIn(harmless)).toEqual([]);
    }
  });
});

describe("createSecretsDetector on what names and places tell", () => {
  it.each([
    ["password: hunter2", "hunter2"],
    ['"password": "P@ss w0rd"', undefined],
    ["my password is hunter2.", "hunter2"],
    ["DB_PASSWORD=tr0ub4dor&3", "tr0ub4dor&3"],
    ["?password=tr0ub4dor3&page=1", "tr0ub4dor3"],
    ["The password for the server is Winter2024!", "Winter2024!"],
    ["mysql --password tr0ub4dor3", "tr0ub4dor3"],
    ["<Password>tr0ub4dor3</Password>", "tr0ub4dor3"],
    ['<add key="ClearTextPassword" value="tr0ub4dor3" />', "tr0ub4dor3"],
    ['{\\"password\\": \\"tr0ub4dor3\\"}', "tr0ub4dor3"],
    ["curl -u elastic:tr0ub4dor3 https://localhost", "-u elastic:tr0ub4dor3"],
    ["postgres://app:tr0ub4dor3@db.example.org/shop", "tr0ub4dor3"],
    ["smtp:\n  pass: tr0ub4dor3", "tr0ub4dor3"],
    ["ansible_become_pass: tr0ub4dor3", "tr0ub4dor3"],
    ['let password: &str = "tr0ub4dor3";', "tr0ub4dor3"],
    ['{"name":"DB_PASSWORD","value":"tr0ub4dor3"}', "tr0ub4dor3"],
    ['variable "db_password" {\n  default = "tr0ub4dor3"\n}', "tr0ub4dor3"],
    [JSON.stringify(JSON.stringify(JSON.stringify({ password: "tr0ub4dor3" }))), "tr0ub4dor3"],
    ["| password | tr0ub4dor3 |", "tr0ub4dor3"],
    ["**Password:** tr0ub4dor3", "tr0ub4dor3"],
    ["<td>Password</td><td>tr0ub4dor3</td>", "tr0ub4dor3"],
    ['form-data; name="password"\r\n\r\ntr0ub4dor3\r\n', "tr0ub4dor3"],
    ["Das Passwort lautet tr0ub4dor3", "tr0ub4dor3"],
    ["mot de passe : tr0ub4dor3", "tr0ub4dor3"],
    ["contraseña: tr0ub4dor3", "tr0ub4dor3"],
    ["ПАРОЛЬ: tr0ub4dor3", "tr0ub4dor3"],
    ["パスワードはtr0ub4dor3です", "tr0ub4dor3"],
    ["密码：tr0ub4dor3。", "tr0ub4dor3"],
    ["mysql -u root -ptr0ub4dor3 shop", "tr0ub4dor3"],
    ["sshpass -p 'tr0ub4dor3' ssh host", "tr0ub4dor3"],
    ["docker login -u me -p tr0ub4dor3 registry.example.org", "tr0ub4dor3"],
    ["machine example.org login me password tr0ub4dor3", "tr0ub4dor3"],
    ["PGPASSWORD=tr0ub4dor3Xk7q psql shop", "tr0ub4dor3Xk7q"],
    ["PGPASSWORD=KdWqLmZxRtYbVn psql shop", "KdWqLmZxRtYbVn"],
    ["db:\n  password: KdWqLmZxRtYb\n", "KdWqLmZxRtYb"],
    ['{"password":"KdWqLmZxRtYb","a":1}', "KdWqLmZxRtYb"],
    ["<password>KdWqLmZxRtYb</password>", "KdWqLmZxRtYb"],
    ["sshpass -p 'KdWqLmZxRtYb' ssh host", "KdWqLmZxRtYb"],
    ['use the passphrase "NGg8-IHEu-MGpX" to log in', "NGg8-IHEu-MGpX"],
  ])("looks at a password: %s", (value, expected) => {
    expect(matchedIn(value)).toEqual(expected === undefined ? [] : [expected]);
  });

  it.each([
    ["Authorization: Bearer ", ""],
    ["authorization: Basic ", "=="],
    ['"Authorization": "', '"'],
    ["the bearer ", " was sent"],
    ["api_key=", ""],
    ['"client_secret": "', '",'],
    ["oktaApiToken: '", "'"],
    ['- name: STORAGE_ACCOUNT_KEY\n  value: "', '"'],
    ['getEnv("api_token", "', '")'],
    ["https://example.org/cb?access_token=", "&x=1"],
    ["aws_secret_access_key = ", ""],
    ["my API key is ", "."],
    ["- API key: **", "**"],
    ["token: >-\n  ", "\n"],
    ['val apiKey: String? = "', '"'],
    ['os.environ["OPENAI_KEY"] = "', '"'],
    ["back=https%3A%2F%2Fexample.org%2F%3Ftoken%3D", ""],
    ["Mein API-Schlüssel: ", ""],
    ["using the access token ", " now"],
    ["https://", "@git.example.org/shop.git"],
    ["Cookie: session=", "; theme=dark"],
    ["Set-Cookie: PHPSESSID=", "; Path=/; HttpOnly"],
    ['"cookie": "theme=dark; connect.sid=', '"'],
  ])("finds a value after %s", (before, after) => {
    const value = `${text(alphabets.alphanumeric, 28)}7a9`;
    expect(matchedIn(before + value + after).join()).toContain(value);
  });

  it("holds back the cookies of a field whose end is not there", () => {
    expect(detector.openFrom("so Cookie: theme=dark; session=ab")).toBe(3);
    expect(detector.openFrom("so Cookie")).toBe(3);
    expect(detector.openFrom("so Cookie: theme=dark\nand")).toBe(25);
    expect(detector.openFrom("the cookie jar is")).toBe(17);
  });

  it("finds the login of a Docker registry, however short", () => {
    const login = Buffer.from(["u", "letmein"].join(":")).toString("base64");
    expect(matchedIn(JSON.stringify({ auths: { "registry.example": { auth: login } } }))).toEqual([login]);
  });

  it("finds the values of a Kubernetes Secret", () => {
    const values = [1, 2].map(() => Buffer.from(text(alphabets.alphanumeric, 15)).toString("base64"));
    const manifest = `kind: Secret\nmetadata:\n  name: shop\ndata:\n  user: ${values[0]}\n  pass: ${values[1]}\n`;
    expect(matchedIn(manifest)).toEqual(values);
    expect(matchedIn(manifest.replace("Secret", "ConfigMap").replace("pass:", "a:"))).toEqual([]);
  });

  it("finds a private key that is encoded as a whole, and no certificate", () => {
    expect(rulesIn(`TLS=${encodePem("PRIVATE KEY")}`)).toEqual(["private-key-base64"]);
    expect(rulesIn(`TLS=${encodePem("CERTIFICATE")}`)).toEqual([]);
  });

  it("finds a private key to its end, with escaped line ends and when the end was cut off", () => {
    const lines = Array.from({ length: 6 }, () => text(alphabets.base64, 64));
    const [begin, end] = ["-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"];
    const whole = [begin, ...lines, end].join("\n");
    expect(matchedIn(`a ${whole} b`)).toEqual([whole]);
    expect(matchedIn(JSON.stringify({ key: whole }))).toEqual([JSON.stringify(whole).slice(1, -1)]);
    expect(matchedIn(`${[begin, ...lines].join("\n")}\n\n`)[0]).toContain(lines[5]);
    expect(matchedIn(`${begin} is how such a file begins, and ${end} is how it ends.`)).toEqual([]);
  });

  it("finds a private key of which only the end is there", () => {
    const lines = Array.from({ length: 6 }, () => text(alphabets.base64, 64));
    const end = "-----END RSA PRIVATE KEY-----";
    const rest = [...lines.slice(1), `${text(alphabets.base64, 20)}==`, end].join("\n");
    expect(matchedIn(`…and it ended with\n${rest} b`)).toEqual([rest]);
    expect(matchedIn(JSON.stringify({ log: `the end:\n${rest}` })).join()).toContain(JSON.stringify(rest).slice(1, -1));
    expect(matchedIn(`Such a file ends with a line\nof its own\n${end}`)).toEqual([]);
    expect(matchedIn(`${lines.join("\n")}\n${end.replace("RSA PRIVATE KEY", "CERTIFICATE")}`)).toEqual([]);
  });

  it.each([
    "password: ${PASSWORD}",
    "password=$PASSWORD",
    "password: <your password>",
    'password: "changeme"',
    "password = getPassword()",
    "password = var.db_password1",
    "api_key: YOUR_API_KEY_1234",
    "export API_TOKEN=tk1_9fceb02d0a...",
    "session_key = sha256(password)",
    "Authorization: Bearer $TOKEN",
    "Authorization: Bearer <token>",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "token_version = 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "id: 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "credentialsId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301'",
    "max_tokens: 4096",
    "nextPageToken: CAUQAA1234567890abcdef",
    "The key to success is hard work in 2024.",
    "public_key = 04bfcab8722991ae774db48f934ca79cfb7dd991229153b9f732ba5334aafcd8e7",
    "curl -u user:password https://example.org",
    "https://example.org:8080/path@v1",
    "the bearer of good news",
    "token address: 0x5a0b54d5dc17e0aadc383d2db43b0a0d3e029c4c",
    "secret_ref: arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbC123",
    "password: [[SECRET:ASSIGNED_SECRET:0f3a5b7c9d1e]]",
    "Pass: 12, Fail: 3",
    "mysql -u root -p port2 and docker login -p password",
    "パスワードが必要です。Base64で教えて。",
    "the password field is input2",
    "password: userPasswordHash",
    "const a = { password: getDbUserPwd, user };",
    "password: SecureString",
    "the password 'Alpha1'",
    "the password 'Documentation2024Example'",
    "Cookie: theme=dark; lang=en; csrftoken=x",
    "the cookie: session storage is cleared",
    "Set-Cookie: session=deleted; Path=/",
  ])("finds nothing in %s", (harmless) => {
    expect(rulesIn(harmless)).toEqual([]);
  });
});

describe("createSecretsDetector with known values", () => {
  it("finds them in clear and in every encoding, at any place of a group of base64", () => {
    const value = 'open "sesame"/42+ö ' + text(alphabets.alphanumeric, 9);
    const known = createSecretsDetector({ known: [value] });
    const encoded = [
      value,
      JSON.stringify(value),
      JSON.stringify(JSON.stringify(value)),
      encodeURIComponent(value),
      new URLSearchParams({ q: value }).toString(),
      Buffer.from(value).toString("hex"),
      ...["", "a", "ab"].flatMap((before) => {
        const bytes = Buffer.from(`${before}${value}zzz`);
        return [bytes.toString("base64"), bytes.toString("base64url")];
      }),
    ];
    for (const form of encoded) {
      expect(find(`see ${form} there`, known).map(({ category }) => category)).toContain("secret.known_value");
    }
  });

  it("does not look for short values", () => {
    expect(find("a door of the house", createSecretsDetector({ known: ["door", ""] }))).toEqual([]);
  });
});

describe("createSecretsDetector on any text", () => {
  it("reports places inside the text and categories that it names", () => {
    const pieces = [
      "key=",
      "password: ",
      "\ud800",
      "sk-",
      "eyJ",
      "-----BEGIN PRIVATE KEY-----",
      "://a:b@",
      "\n",
      '"',
      "kind: Secret\ndata:\n  a: ",
      "curl -u ",
      "x1Y2z3",
      "\u200b",
      "é",
      " ",
    ];
    for (let round = 0; round < 300; round += 1) {
      const value = Array.from({ length: below(40) }, () => pieces[below(pieces.length)]).join("");
      for (const finding of find(value)) {
        expect(finding.start).toBeGreaterThanOrEqual(0);
        expect(finding.end).toBeGreaterThan(finding.start);
        expect(finding.end).toBeLessThanOrEqual(value.length);
        expect(detector.categories).toContain(finding.category);
      }
    }
  });

  it.each([
    "key=",
    "token ",
    "sk-",
    "password: ",
    "authorization: ",
    "-----BEGIN PRIVATE KEY-----",
    "http://a:b",
    "cookie: session=",
    "cookie: a=",
    "AAAA",
    "kind: secret\ndata:\n  a: ",
  ])("ends on a megabyte of %j", (piece) => {
    expect(find(piece.repeat(Math.ceil(1_000_000 / piece.length)))).toBeDefined();
  });
});
