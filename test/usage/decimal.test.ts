import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors/index.ts'
import {
  addDecimals,
  compareDecimals,
  decimalFromNumber,
  isDecimal,
} from '../../src/usage/index.ts'

/** Decimals as `digits / 10^scale`, with their plain text. */
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, scale]) => ({ digits, scale, text: `${digits}E-${scale}` }))

describe('decimals', () => {
  it.each([
    { a: '0.1', b: '0.2', sum: '0.3' },
    { a: '1.50', b: '2.5', sum: '4.00' },
    { a: '1E-7', b: '1', sum: '1.0000001' },
    { a: '1E-7', b: '1E-7', sum: '2E-7' },
    { a: '0.00000015', b: '0', sum: '1.5E-7' },
    { a: '1e3', b: '0', sum: '1000' },
    { a: '-0.5', b: '.25', sum: '-0.25' },
    { a: '5', b: '-5', sum: '0' },
    { a: '99999999999999999999.01', b: '0.99', sum: '100000000000000000000.00' },
  ])('$a and $b make $sum', ({ a, b, sum }) => {
    expect(addDecimals(a, b)).toBe(sum)
  })

  it('are added exactly, whatever their size', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const scale = Math.max(a.scale, b.scale)
        const at = (d: typeof a): bigint => d.digits * 10n ** BigInt(scale - d.scale)
        expect(compareDecimals(addDecimals(a.text, b.text), `${at(a) + at(b)}E-${scale}`)).toBe(0)
      }),
    )
  })

  it('are added in any order with the same result', () => {
    fc.assert(
      fc.property(
        decimals,
        decimals,
        (a, b) => addDecimals(a.text, b.text) === addDecimals(b.text, a.text),
      ),
    )
  })

  it('are compared by value, not by spelling', () => {
    expect(compareDecimals('0.10', '1E-1')).toBe(0)
    expect(compareDecimals('0.1', '0.09999999999999999999')).toBeGreaterThan(0)
    expect(compareDecimals('-1', '0')).toBeLessThan(0)
  })

  it.each(['', 'NaN', 'Infinity', '1.2.3', '0x10', '1E-999999999', '1'.repeat(500), '.', '1e'])(
    'refuses %j, which is none or would fill the memory',
    (text) => {
      expect(isDecimal(text)).toBe(false)
      expect(() => addDecimals(text, '1')).toThrow(UserError)
    },
  )

  it.each([
    { value: 0.008629999999999999, text: '0.00863' },
    { value: 0.1 + 0.2, text: '0.3' },
    { value: 1e-7, text: '1E-7' },
    { value: 1500, text: '1500' },
    { value: 1e21, text: '1000000000000000000000' },
    { value: 0, text: '0' },
  ])('drop the noise of the float $value', ({ value, text }) => {
    expect(decimalFromNumber(value, 14)).toBe(text)
  })

  it('keep every digit of a float when asked to', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-100, max: 1e100, noNaN: true }), (value) => {
        expect(Number(decimalFromNumber(value))).toBe(value)
      }),
    )
  })
})
