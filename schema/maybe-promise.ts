/** Values that may be here already. Waiting for one that is costs a promise per field, and there are thousands of fields. */

export type MaybePromise<Value> = Value | Promise<Value>;

/** Whatever `then` brings, a promise of another realm or library too. */
export function isThenable<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** Uses a value at once when it is here, else when it comes. */
export function whenKnown<Value, Result>(
  value: MaybePromise<Value>,
  use: (known: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isThenable(value) ? value.then(use) : use(value);
}
