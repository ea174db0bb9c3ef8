import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { DeepPartial, InferOutput, PartialOutput } from '../../src/output/index.ts'

type Any = ReturnType<typeof JSON.parse>

test('scalars, and what nothing is known of, stay as they are', () => {
  expectTypeOf<DeepPartial<string>>().toEqualTypeOf<string>()
  expectTypeOf<DeepPartial<'a' | 'b' | 3 | true | null>>().toEqualTypeOf<
    'a' | 'b' | 3 | true | null
  >()
  expectTypeOf<DeepPartial<unknown>>().toBeUnknown()
  expectTypeOf<DeepPartial<Any>>().toBeAny()
  expectTypeOf<DeepPartial<never>>().toBeNever()
  type Id = string & { readonly brand: 'id' }
  expectTypeOf<DeepPartial<Id>>().toEqualTypeOf<Id>()
})

test('keys may be missing at every level', () => {
  expectTypeOf<DeepPartial<{ a: { b: number; c?: string }; d: string | null }>>().toEqualTypeOf<{
    a?: { b?: number; c?: string }
    d?: string | null
  }>()
  expectTypeOf<DeepPartial<{ readonly a: { readonly b: 1 } }>>().toEqualTypeOf<{
    readonly a?: { readonly b?: 1 }
  }>()
  expectTypeOf<DeepPartial<{ a: Any } & { b: { c: unknown } }>>().toEqualTypeOf<{
    a?: Any
    b?: { c?: unknown }
  }>()
  expectTypeOf<DeepPartial<Record<string, { a: 1 }>>>().toExtend<
    Record<string, { a?: 1 } | undefined>
  >()
})

test('elements of arrays are partial, none is missing', () => {
  expectTypeOf<DeepPartial<{ a: 1 }[]>>().toEqualTypeOf<{ a?: 1 }[]>()
  expectTypeOf<DeepPartial<readonly { a: 1 }[]>>().toEqualTypeOf<readonly { a?: 1 }[]>()
  expectTypeOf<DeepPartial<{ list: string[][] }>>().toEqualTypeOf<{ list?: string[][] }>()
  expectTypeOf<DeepPartial<[{ a: 1 }, string]>>().toEqualTypeOf<[{ a?: 1 }?, string?]>()
})

test('each option of a union is partial', () => {
  type Pet = { type: 'cat'; lives: number } | { type: 'dog'; tricks: string[] }
  expectTypeOf<DeepPartial<Pet>>().toEqualTypeOf<
    { type?: 'cat'; lives?: number } | { type?: 'dog'; tricks?: string[] }
  >()
})

test('dates and other objects with methods stay whole', () => {
  class Money {
    readonly amount = 1
    format(): string {
      return String(this.amount)
    }
  }
  type Order = {
    at: Date
    price: Money
    tags: Set<string>
    data: Uint8Array
    url: URL
  }
  expectTypeOf<DeepPartial<Order>>().toEqualTypeOf<{
    at?: Date
    price?: Money
    tags?: Set<string>
    data?: Uint8Array
    url?: URL
  }>()
  expectTypeOf<DeepPartial<() => void>>().toEqualTypeOf<() => void>()
})

test('a type that holds itself is no trouble', () => {
  interface Tree {
    name: string
    children: Tree[]
  }
  const tree: DeepPartial<Tree> = { children: [{}, { name: 'a', children: [{ children: [] }] }] }
  expectTypeOf(tree.children).toEqualTypeOf<DeepPartial<Tree>[] | undefined>()
  type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
  const json: DeepPartial<Json> = { a: [1, { b: null }] }
  expectTypeOf(json).not.toBeAny()
})

test('what a schema makes is given in part', async () => {
  const city = z.object({ city: z.string(), at: z.date(), map: z.object({ x: z.number() }) })
  const partial = {} as PartialOutput<InferOutput<typeof city>>
  const update = await partial.update([])
  expectTypeOf(update).toEqualTypeOf<
    { readonly value: { city?: string; at?: Date; map?: { x?: number } } } | undefined
  >()
  expectTypeOf(update?.value.city).toEqualTypeOf<string | undefined>()
})
