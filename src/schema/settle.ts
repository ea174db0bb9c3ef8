/** Goes on with a value at once, and with a promise when it is there. */
export function settle<T, R>(
  given: T | Promise<T>,
  next: (value: T) => R | Promise<R>,
): R | Promise<R> {
  return isPromise(given) ? Promise.resolve(given).then(next) : next(given)
}

/** By shape: promises of other realms count too. */
export function isPromise<T>(given: T | Promise<T>): given is Promise<T> {
  const mayBe = typeof given === 'function' || (typeof given === 'object' && given !== null)
  return mayBe && 'then' in given && typeof given.then === 'function'
}
