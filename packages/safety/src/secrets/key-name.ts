/** What the name of a field says of its value. */
export type KeyRole = "password" | "secret" | "service" | undefined;

/** Names of services whose tokens have no form of their own: only the name of the field tells them. */
const serviceNames: readonly string[] = [
  ..."adafruit adobe airtable algolia alibaba aliyun artifactory asana atlassian beamer bintray bitbucket bittrex".split(
    " ",
  ),
  ..."cloudflare codecov cohere coinbase confluence confluent contentful datadog discord dropbox droneci etsy facebook".split(
    " ",
  ),
  ..."fastly finicity finnhub flickr freshbooks gitter gocardless heroku hubspot intercom jfrog jira kraken kucoin".split(
    " ",
  ),
  ..."launchdarkly linear linkedin mailchimp mailgun mapbox mattermost meraki messagebird netlify newrelic nytimes".split(
    " ",
  ),
  ..."newyorktimes okta pagerduty plaid privateai rapidapi sendbird sentry snyk sonar sourcegraph squarespace sumo".split(
    " ",
  ),
  ..."sumologic telegram travis twilio twitch twitter typeform xray yandex zendesk".split(" "),
];

/** Passwords in other languages, as they are written before a value. */
const foreignPasswords: readonly string[] = [
  ..."passwort kennwort senha contraseña contrasena clave wachtwoord hasło haslo lösenord losenord passord adgangskode".split(
    " ",
  ),
  ..."heslo jelszó parola şifre salasana пароль κωδικός 密码 密碼 口令 パスワード 暗証番号 비밀번호 암호 पासवर्ड".split(
    " ",
  ),
  "mật khẩu",
  "kata sandi",
  "كلمة المرور",
  "סיסמה",
  "รหัสผ่าน",
];

/** Keys as prose calls them: in English, whose words `keyRole` knows, and in other languages. */
const spokenKeys: readonly string[] =
  "api key|access key|secret key|private key|license key|signing key|encryption key|auth key".split("|");
const foreignKeys: readonly string[] =
  "api-schlüssel|clé api|clave de api|chave de api|chiave api|api-sleutel|ключ api|api ключ|api密钥|api キー|apiキー|api 키".split(
    "|",
  );

/** What triggers a look at a name: one of these is a part of each name that has a role. */
export const keyTriggers: readonly string[] = [
  ..."key token secret passw pwd pass pw passphrase credential creds auth bearer".split(" "),
  ...foreignPasswords,
  ...spokenKeys,
  ...foreignKeys,
  ...serviceNames,
  "linked_in",
  "linked-in",
  "message_bird",
  "message-bird",
  "new_relic",
  "new-relic",
  "private_ai",
  "private-ai",
  "new-york-times",
  "new_york_times",
];

const foreignPassword = new RegExp(foreignPasswords.join("|"), "i");
const foreignKey = new RegExp(foreignKeys.join("|"), "i");

/** `pass` and `pw` are also words of other things: a pass over data, a mountain pass. */
const shortPassword =
  /^(?:(?:db|database|smtp|mail|email|imap|ftp|sftp|ssh|user|admin|root|login|auth|become|sudo|proxy|ansible|redis|mysql|pg|postgres|mongo|mongodb|rabbitmq|mqtt|ldap|keystore|vpn|wifi|wpa|my|new|old|client|account|service|basic)_)*(?:pass|pw|passe)$/;

const passwords = /^(?:\w*(?:password|passwd|passwort|passphrase|pwd)s?|passw)$/;
const secrets =
  /^(?:\w*(?:token|secret|apikey|credential|authkey|accesskey|secretkey|privatekey|accountkey|sharedkey|signingkey)s?|creds?|auth|bearer|pat)$/;

/** Words beside `key` that make it a secret one; a key alone is that of a map. */
const keyKinds =
  /^(?:api|access|secret|private|auth|signing|encryption|master|service|account|shared|app|application|license|client|subscription|storage|admin|session|webhook|deploy|bot|user|openai|anthropic|gemini|mistral|deepseek|groq|stripe|google|maps|aws|azure|gcp|github|gitlab|firebase|sendgrid|mailjet|pinecone|tavily|serper|amplitude|mixpanel|posthog|segment)$/;

/** Words that make of a secret's name the name of something else: where it is, how long, what kind. */
const others =
  /^(?:id|ids|name|names|url|uri|urls|endpoint|file|filename|path|dir|type|kind|length|len|size|count|limit|max|min|version|ver|vault|alias|board|code|frame|mesh|pair|press|pressed|ring|selector|signature|stone|store|storetype|word|words|up|down|left|right|public|pub|pubkey|foreign|primary|schema|sort|partition|natural|bucket|sequence|idx|hot|csrf|xsrf|page|pagination|continuation|cursor|next|hash|checksum|chksum|address|addr|digest|sha|sha1|sha256|md5|commit|rev|revision|srcrev|expiry|expires|expiration|ttl|field|label|header|prefix|suffix|format|index|policy|provider|manager|service_id|usage|budget|results|exchange|jar|algorithm|alg)$/;

/** Reads the name of a field, `dbPassword` or `X-API-Key`, word by word. */
export function keyRole(name: string): KeyRole {
  const words = (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+[a-z]*/g) ?? []).map((word) => word.toLowerCase());
  const service = namesService(words);
  if (words.some((word) => others.test(word)) && !(service && namesClient(words))) return undefined;
  if (words.some((word) => passwords.test(word)) || shortPassword.test(words.join("_"))) return "password";
  if (foreignPassword.test(name)) return "password";
  if (foreignKey.test(name)) return "secret";
  if (service) return "service";
  return words.some((word) => secrets.test(word)) || words.some((word, at) => isSecretKey(words, word, at))
    ? "secret"
    : undefined;
}

/** Whether a word between a name and its value makes of the name that of something else: `token address: …`. */
export function isOtherThing(word: string): boolean {
  return others.test(word.toLowerCase());
}

function isSecretKey(words: readonly string[], word: string, at: number): boolean {
  if (word !== "key" && word !== "keys") return false;
  const before = words[at - 1];
  return before !== undefined && keyKinds.test(before);
}

/** Of a service also the id of a client or an access tells who one is: `linkedin_client_id`. */
function namesClient(words: readonly string[]): boolean {
  return /(?:client|access|app)_?id$/.test(words.join("_"));
}

/** Services are written together and apart: `messageBird`, `message_bird`, `MESSAGEBIRD`. */
function namesService(words: readonly string[]): boolean {
  return words.some((word, at) => {
    const both = word + (words[at + 1] ?? "");
    const three = both + (words[at + 2] ?? "");
    return serviceSet.has(word) || (both !== word && (serviceSet.has(both) || serviceSet.has(three)));
  });
}

const serviceSet: ReadonlySet<string> = new Set(serviceNames);
