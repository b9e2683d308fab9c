import { describe, expect, it } from "vitest";
import { scanText } from "../text/scan-text.ts";
import { createPiiDetector } from "./create-pii-detector.ts";

const detector = createPiiDetector();

/** What is found in a text, as `category rule "text"`. */
function found(text: string): readonly string[] {
  return detector
    .detect(scanText(text), { source: "user" })
    .map(({ category, rule, start, end }) => `${category} ${rule} ${text.slice(start, end)}`);
}

describe("createPiiDetector", () => {
  it.each([
    ["Card: 4111 1111 1111 1111 exp 12/27", "pii.card visa 4111 1111 1111 1111"],
    ["5500-0000-0000-0004", "pii.card mastercard 5500-0000-0000-0004"],
    ["my amex 378282246310005", "pii.card amex 378282246310005"],
    ['"4111111111111111"', "pii.card visa 4111111111111111"],
    ["1,4111111111111111,2", "pii.card visa 4111111111111111"],
    ["card ４１１１１１１１１１１１１１１１ please", "pii.card visa ４１１１１１１１１１１１１１１１"],
    ["IBAN DE89 3704 0044 0532 0130 00.", "pii.iban de DE89 3704 0044 0532 0130 00"],
    ["from ch9300762011623852957 to", "pii.iban ch ch9300762011623852957"],
    ["write to jöhn.doe+tag@sub.exämple.co.uk, please", "pii.email address jöhn.doe+tag@sub.exämple.co.uk"],
    ["<bob@example.com>", "pii.email address bob@example.com"],
    ["tel. 044 668 18 00", "pii.phone local 044 668 18 00"],
    ["+46 (0)8 928 571 38", "pii.phone international +46 (0)8 928 571 38"],
    ["reach me: (415) 555-0132 x12", "pii.phone north-american (415) 555-0132 x12"],
    ["Rufen Sie mich unter 0171/1234567 an", "pii.phone local 0171/1234567"],
    ["blocked 195.206.132.199 today", "pii.ip v4 195.206.132.199"],
    ["the DNS server 8.8.8.8", "pii.ip v4 8.8.8.8"],
    ["host 2001:db8:85a3::8a2e:370:7334", "pii.ip v6 2001:db8:85a3::8a2e:370:7334"],
    ["SSN 123-45-6789", "pii.national_id us-ssn 123-45-6789"],
    ["DNI 12345678Z", "pii.national_id es-dni 12345678Z"],
    ["RSSMRA85T10A562S", "pii.national_id it-codice-fiscale RSSMRA85T10A562S"],
    ["PESEL 44051401359", "pii.national_id pl-pesel 44051401359"],
    ["CPF 529.982.247-25", "pii.national_id br-cpf 529.982.247-25"],
    ["NHS number 943 476 5919", "pii.national_id gb-nhs 943 476 5919"],
    ["NI AB123456C", "pii.national_id gb-nino AB123456C"],
    ["personnummer 811228-9874", "pii.national_id se-personnummer 811228-9874"],
    ["Aadhaar 2341 2341 2346", "pii.national_id in-aadhaar 2341 2341 2346"],
    ["NRIC S1234567D", "pii.national_id sg-nric S1234567D"],
    ["11010519491231002X", "pii.national_id cn-resident-id 11010519491231002X"],
    ["BSN 111222333", "pii.national_id nl-bsn 111222333"],
    ["Steuer-ID 86095742719", "pii.national_id de-tax-id 86095742719"],
    ["SIN 046 454 286", "pii.national_id ca-sin 046 454 286"],
    ["fødselsnummer 29029600013", "pii.national_id no-fodselsnummer 29029600013"],
    ["RUT 30.686.957-4", "pii.national_id cl-rut 30.686.957-4"],
    ["131052-308T", "pii.national_id fi-hetu 131052-308T"],
    ["sécu 255081416802538", "pii.national_id fr-nir 255081416802538"],
    ["TFN 123 456 782", "pii.national_id au-tfn 123 456 782"],
    ["AHV 756.9217.0769.85", "pii.national_id ch-ahv 756.9217.0769.85"],
    ["SVNR 1237 010180", "pii.national_id at-svnr 1237 010180"],
    ["TC kimlik no 10000000146", "pii.national_id tr-tckn 10000000146"],
    ["OIB 69435151530", "pii.national_id hr-oib 69435151530"],
    ["rodné číslo 736028/5163", "pii.national_id cz-birth-number 736028/5163"],
    ["CNP 1800101221144", "pii.national_id ro-cnp 1800101221144"],
    ["ЕГН 7523169263", "pii.national_id bg-egn 7523169263"],
    ["JMBG 0101006500006", "pii.national_id yu-jmbg 0101006500006"],
    ["आधार 2341 2341 2346", "pii.national_id in-aadhaar 2341 2341 2346"],
    ["tlf 22 33 44 55", "pii.phone local 22 33 44 55"],
    ["联系电话：010-62345678", "pii.phone local 010-62345678"],
    ["passport number X12345678", "pii.document passport X12345678"],
    ["My driver's license number is U62928788", "pii.document driver-license U62928788"],
  ])("finds what is in %j", (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  it.each([
    "Your order 4485275742308327 has shipped.",
    "Booking reference 4539578763621486",
    "Order #541-714-1388 is confirmed",
    "case number 123-45-6789012",
    "ticket 2201234567890 for flight LH 1234",
    "tracking 1Z999AA10123456784",
    "Version 10.2.3.4 is out, upgrade from v1.2.3.4",
    "Mozilla/5.0 Chrome/91.0.4.77 Safari",
    "see section 3.1.4.2, step 1.1.1.1 of the plan",
    "from node 10.15.3.1 to python 3.11.4.1",
    "PNR 4111111111111111",
    "127.0.0.1:8080",
    "commit 3f2a9c1d4e5b6a7f8091a2b3c4d5e6f708192a3b",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "2024-05-17 11:34:35",
    "It costs 1 000 000 000 dollars",
    "the phone costs 1299 dollars",
    "call fib(10000000)",
    "ISBN 978-3-16-148410-0",
    "IMEI 490154203237518",
    "epoch 1700000000000",
    "3.14159265358979",
    "@types/node@24.1.0 and icon@2x.png",
    "git@github.com:example/repository.git",
    "https://user:password@host.example.com/path",
    "std::vector<int>::iterator",
    "00:11:22:33:44:55:66:77",
    "card 1111 1111 1111 1111",
    "SSN 078-05-1120",
    "SSN 000-12-3456",
    "DE89 3704 0044 0532 0130 01",
  ])("leaves %j alone", (text) => {
    expect(found(text)).toEqual([]);
  });

  it("finds several numbers in a row", () => {
    expect(found("cards 4111 1111 1111 1111 5500 0000 0000 0004, phones 541-714-1388 780-999-2181")).toEqual([
      "pii.card visa 4111 1111 1111 1111",
      "pii.card mastercard 5500 0000 0000 0004",
      "pii.phone north-american 541-714-1388",
      "pii.phone north-american 780-999-2181",
    ]);
  });

  it.each([
    ["sections 3.1.2.1 and 4.2.1.3", [0.4, 0.4]],
    ["the server 8.8.8.8", [0.85]],
    ["seen at 93.184.216.34", [0.85]],
  ])("is as sure as the numbers and words of %j allow", (text, scores) => {
    expect(detector.detect(scanText(text), { source: "user" }).map(({ score }) => score)).toEqual(scores);
  });

  it("looks for the chosen categories only", () => {
    const emails = createPiiDetector({ categories: ["pii.email"] });
    const findings = emails.detect(scanText("a@example.org 4111 1111 1111 1111"), { source: "user" });
    expect(findings.map(({ category }) => category)).toEqual(["pii.email"]);
    expect(emails.categories).toEqual(["pii.email"]);
  });

  it.each(["", "\ud800@\udc00.de 4", "1 ".repeat(50_000), "a@".repeat(50_000), "4".repeat(100_000), "(".repeat(1000)])(
    "reads any string (%#)",
    (text) => {
      expect(() => found(text)).not.toThrow();
    },
  );
});
