/**
 * An immutable list that appends in constant time: versions share one buffer, and only a version that is no longer the
 * newest copies it. That keeps the fold pure without making the n-th event cost n.
 */
export class AppendOnlyList<Value> implements Iterable<Value> {
  readonly #buffer: Value[];
  readonly length: number;

  private constructor(buffer: Value[], length: number) {
    this.#buffer = buffer;
    this.length = length;
  }

  static of<Value>(values: readonly Value[] = []): AppendOnlyList<Value> {
    return new AppendOnlyList([...values], values.length);
  }

  append(...values: readonly Value[]): AppendOnlyList<Value> {
    if (values.length === 0) return this;
    const buffer = this.#buffer.length === this.length ? this.#buffer : this.#buffer.slice(0, this.length);
    buffer.push(...values);
    return new AppendOnlyList(buffer, this.length + values.length);
  }

  at(index: number): Value | undefined {
    return index >= 0 && index < this.length ? this.#buffer[index] : undefined;
  }

  last(): Value | undefined {
    return this.at(this.length - 1);
  }

  toArray(): readonly Value[] {
    return this.#buffer.slice(0, this.length);
  }

  *[Symbol.iterator](): Iterator<Value> {
    yield* this.toArray();
  }
}
