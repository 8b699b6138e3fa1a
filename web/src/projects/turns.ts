// Looks at repositories go two at a time: each one fetches, and a list has many.
const MOST = 2;
const waiting: (() => void)[] = [];
let running = 0;

/** Do it when it is its turn. */
export async function inTurn<T>(what: () => Promise<T>): Promise<T> {
  if (running >= MOST) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await what();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
