// The heights of a long list's rows: measured where they were seen, else estimated. Where a row begins, and which row lies at some
// place, costs the logarithm of their number (a Fenwick tree); a row more at the end, too.

export interface Rows {
  readonly count: number;
  keyOf(index: number): string;
  estimateOf(index: number): number;
}

/** Rows at a list's end that may change their keys without all being laid out anew: what is being written. */
const LOOSE = 64;

export class Heights {
  count = 0;
  private keys: string[] = [];
  private sizes = new Float64Array(1024);
  private tree = new Float64Array(1025);
  private readonly measured = new Map<string, number>();

  /** Bring it along with the rows. They only grow at their end, or are others altogether. */
  follow(rows: Rows): void {
    const same = rows.count > 0 && this.keys[0] === rows.keyOf(0);
    this.count = same ? Math.max(0, Math.min(this.count, rows.count) - LOOSE) : 0;
    this.keys.length = this.count;
    for (let index = this.count; index < rows.count; index += 1) {
      const key = rows.keyOf(index);
      this.push(key, this.measured.get(key) ?? rows.estimateOf(index));
    }
  }

  private push(key: string, size: number): void {
    const at = this.count + 1;
    if (at > this.sizes.length) this.grow();
    this.keys.push(key);
    this.sizes[at - 1] = size;
    let sum = size;
    for (let part = at - 1; part > at - (at & -at); part -= part & -part) sum += this.tree[part] ?? 0;
    this.tree[at] = sum;
    this.count = at;
  }

  private grow(): void {
    const sizes = new Float64Array(this.sizes.length * 2);
    const tree = new Float64Array(this.sizes.length * 2 + 1);
    sizes.set(this.sizes);
    tree.set(this.tree);
    this.sizes = sizes;
    this.tree = tree;
  }

  /** A row was measured; whether that changes anything. */
  measure(index: number, size: number): boolean {
    const key = this.keys[index];
    if (key === undefined || index >= this.count) return false;
    this.measured.set(key, size);
    const more = size - (this.sizes[index] ?? 0);
    if (Math.abs(more) < 0.01) return false;
    this.sizes[index] = size;
    for (let at = index + 1; at <= this.count; at += at & -at) this.tree[at] = (this.tree[at] ?? 0) + more;
    return true;
  }

  sizeOf(index: number): number {
    return index < this.count ? (this.sizes[index] ?? 0) : 0;
  }

  keyOf(index: number): string {
    return this.keys[index] ?? "";
  }

  /** Where the row of this key is, most likely at `guess`; -1: nowhere. */
  indexOf(key: string, guess: number): number {
    return this.keys[guess] === key ? guess : this.keys.indexOf(key);
  }

  /** The sum of all rows before this one. */
  startOf(index: number): number {
    let sum = 0;
    for (let at = Math.min(index, this.count); at > 0; at -= at & -at) sum += this.tree[at] ?? 0;
    return sum;
  }

  get total(): number {
    return this.startOf(this.count);
  }

  /** The row that lies at this distance from the beginning: the first or the last one where it is outside. */
  indexAt(offset: number): number {
    let at = 0;
    let rest = offset;
    for (let step = 1 << 30; step > 0; step >>= 1) {
      const next = at + step;
      if (next <= this.count && (this.tree[next] ?? 0) <= rest) {
        at = next;
        rest -= this.tree[next] ?? 0;
      }
    }
    return Math.max(0, Math.min(at, this.count - 1));
  }
}
