import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { type InferSchema, jsonSchema, type SchemaInput, toSchema } from '../../src/schema/index.ts'

test('a schema of a library infers its output', () => {
  const city = z.object({ city: z.string(), n: z.string().transform(Number).default(3) })
  expectTypeOf<InferSchema<typeof city>>().toEqualTypeOf<{ city: string; n: number }>()
  const small = mini.object({ a: mini.optional(mini.string()) })
  expectTypeOf<InferSchema<typeof small>>().toEqualTypeOf<{ a?: string | undefined }>()
  const robot = v.object({ a: v.number() })
  expectTypeOf<InferSchema<typeof robot>>().toEqualTypeOf<{ a: number }>()
})

test('jsonSchema infers what it was told, and plain JSON Schema nothing', () => {
  const told = jsonSchema<{ a: string }>({ type: 'object' })
  expectTypeOf<InferSchema<typeof told>>().toEqualTypeOf<{ a: string }>()
  const plain = { type: 'object', properties: {} } as const
  expectTypeOf<InferSchema<typeof plain>>().toBeUnknown()
  const untold = jsonSchema(plain)
  expectTypeOf<InferSchema<typeof untold>>().toBeUnknown()
})

test('a check of its own gives jsonSchema its type', () => {
  const city = mini.object({ city: mini.string() })
  const wrapped = jsonSchema(z.toJSONSchema(city), { validate: city })
  expectTypeOf<InferSchema<typeof wrapped>>().toEqualTypeOf<{ city: string }>()
})

test('no schema means no arguments', () => {
  expectTypeOf<InferSchema<undefined>>().toEqualTypeOf<Record<string, never>>()
  expectTypeOf<InferSchema<SchemaInput>>().toBeUnknown()
})

test('toSchema keeps the type, and takes nothing that cannot be a schema', () => {
  const face = toSchema(z.object({ a: z.number() }))
  expectTypeOf<InferSchema<typeof face>>().toEqualTypeOf<{ a: number }>()
  // @ts-expect-error a string is no schema
  toSchema('city')
})
