import { describe, expect, it } from "vitest";
import { toOutgoingText } from "./outgoing-request.ts";

describe("toOutgoingText", () => {
  it("shows the request line, the headers and the body", () => {
    const text = toOutgoingText({
      method: "POST",
      url: "https://crm.example.com/notes",
      headers: { "content-type": "application/json", "x-team": "north" },
      body: '{"text":"Call back"}',
    });
    expect(text).toBe(
      'POST https://crm.example.com/notes\ncontent-type: application/json\nx-team: north\n\n{"text":"Call back"}',
    );
  });

  it("shows bytes as text, and a request without headers and body as its line", () => {
    expect(toOutgoingText({ method: "PUT", url: "https://a.example/", body: Buffer.from("grün") })).toBe(
      "PUT https://a.example/\n\ngrün",
    );
    expect(toOutgoingText({ method: "GET", url: "https://a.example/x?y=1" })).toBe("GET https://a.example/x?y=1");
  });

  it("shows what is percent-encoded a second time without that", () => {
    const url = "https://a.example/find?mail=ada%40mail.example&name=Zo%C3%AB%20L.&rate=5%&odd=%ff";
    const [sent, decoded] = toOutgoingText({ method: "GET", url }).split("\n\n");
    expect(sent).toBe(`GET ${url}`);
    expect(decoded).toBe("GET https://a.example/find?mail=ada@mail.example&name=Zoë L.&rate=5%&odd=\ufffd");
  });
});
