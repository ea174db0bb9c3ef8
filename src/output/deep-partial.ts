/**
 * A value that may still grow: keys may be missing at every level, and the last element of an array may be a beginning.
 * Whole stay scalars, functions, and objects with methods, such as dates, maps and other instances of classes.
 */
export type DeepPartial<T> = unknown extends T
  ? T
  : T extends
        | string
        | number
        | bigint
        | boolean
        | symbol
        | null
        | undefined
        | ((...args: never) => unknown)
    ? T
    : T extends readonly (infer TItem)[]
      ? number extends T['length']
        ? T extends unknown[]
          ? DeepPartial<TItem>[]
          : readonly DeepPartial<TItem>[]
        : { [K in keyof T]?: DeepPartial<T[K]> }
      : 0 extends 1 & T[keyof T] // `any` among the values tells nothing
        ? { [K in keyof T]?: DeepPartial<T[K]> }
        : [Extract<T[keyof T], (...args: never) => unknown>] extends [never]
          ? { [K in keyof T]?: DeepPartial<T[K]> }
          : T
