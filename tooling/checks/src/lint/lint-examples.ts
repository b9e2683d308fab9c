/** A program that breaks one lint rule. */
export interface LintExample {
  /** The rule as `.oxlintrc.json` names it. */
  readonly rule: string;
  /** Relative to the linted folder; other files of an example are `extra`. */
  readonly file: string;
  readonly source: string;
  readonly extra?: Readonly<Record<string, string>>;
}

const asynchronous = "export async function work(): Promise<void> {}";
const anything = "declare const anything: any;";

/** For every rule that the repository sets by name, a program that must not pass. */
export const lintExamples: readonly LintExample[] = [
  example(
    "eslint/max-lines",
    lines(301, (line) => `export const value${line} = ${line};`),
  ),
  example("eslint/max-lines-per-function", `export function long() {\n${lines(60, (line) => `work(${line});`)}\n}`),
  example(
    "eslint/complexity",
    `export function branchy(value: number) {\n${lines(12, (line) => `if (value === ${line}) work(${line});`)}\n}`,
  ),
  example(
    "eslint/max-depth",
    "export function deep(value: boolean) { if (value) { while (value) { for (;;) { if (value) { work(); } } } } }",
  ),
  example(
    "eslint/max-params",
    "export function wide(a: number, b: number, c: number, d: number) { return a + b + c + d; }",
  ),
  example("eslint/no-console", `console.log("a");`),
  example("eslint/no-var", "export var value = 1;"),
  example("eslint/prefer-const", "let value = 1; export function read() { return value; }"),
  example("eslint/eqeqeq", "export const same = (a: string, b: string) => a == b;"),
  example("eslint/no-param-reassign", "export function change(a: number) { a = 2; return a; }"),
  {
    ...example("import/no-cycle", `import { b } from "./no-cycle-other.ts"; export const a = () => b;`),
    extra: { "no-cycle-other.ts": `import { a } from "./no-cycle.ts"; export const b = () => a;` },
  },
  example("import/no-default-export", "export default 1;"),
  { ...example("unicorn/filename-case", "export const value = 1;"), file: "filenameCase.ts" },
  example("typescript/await-thenable", "export async function wait() { await 1; }"),
  example("typescript/consistent-type-assertions", "interface A { a: number } export const value = { a: 1 } as A;"),
  {
    ...example("typescript/consistent-type-imports", `import { A } from "./an-interface.ts"; export type B = A;`),
    extra: { "an-interface.ts": "export interface A { a: number }" },
  },
  example("typescript/no-explicit-any", "export const value: any = 1;"),
  example("typescript/no-floating-promises", `${asynchronous} export function start() { work(); }`),
  example("typescript/no-misused-promises", `${asynchronous} export const list = [1].filter(() => work());`),
  example("typescript/no-non-null-assertion", "export const read = (value?: string) => value!;"),
  example("typescript/no-unsafe-argument", `${anything} export const value = Math.abs(anything);`),
  example("typescript/no-unsafe-assignment", `${anything} export const value = anything;`),
  example("typescript/no-unsafe-call", `${anything} anything();`),
  example("typescript/no-unsafe-member-access", `${anything} export const value: unknown = anything.name;`),
  example("typescript/no-unsafe-return", `${anything} export function read(): string { return anything; }`),
  example("typescript/no-unsafe-type-assertion", "export const read = (value: unknown) => value as string;"),
  example("typescript/only-throw-error", `export function fail() { throw "text"; }`),
  example(
    "typescript/return-await",
    `${asynchronous} export async function attempt() { try { return work(); } catch { return undefined; } }`,
  ),
  example(
    "typescript/switch-exhaustiveness-check",
    `export function name(value: "a" | "b") { switch (value) { case "a": return 1; } return 2; }`,
  ),
];

function example(rule: string, source: string): LintExample {
  return { rule, file: `${rule.slice(rule.indexOf("/") + 1)}.ts`, source };
}

function lines(count: number, write: (line: number) => string): string {
  return Array.from({ length: count }, (_, line) => write(line)).join("\n");
}
