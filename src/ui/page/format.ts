/** Numbers as a person reads them at a glance. */
import { fieldOf, isObject, numberOf } from './json.ts'

export function duration(ms: number): string {
  if (ms < 1) return '<1 ms'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1_000)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function count(value: number): string {
  if (value < 10_000) return String(value)
  return value < 1_000_000 ? `${(value / 1_000).toFixed(1)}k` : `${(value / 1_000_000).toFixed(2)}M`
}

/** Dollars; `null` where no price is known. */
export function money(cost: string | null | undefined): string | null {
  if (cost === null || cost === undefined || cost === '') return null
  const value = Number(cost)
  if (value === 0) return '$0'
  return `$${value.toFixed(value < 0.01 ? 5 : value < 1 ? 4 : 2)}`
}

export interface Tokens {
  readonly input: number
  readonly output: number
}

export function tokensOf(usage: unknown): Tokens {
  if (!isObject(usage)) return { input: 0, output: 0 }
  return {
    input: numberOf(fieldOf(usage, 'inputTokens')),
    output: numberOf(fieldOf(usage, 'outputTokens')),
  }
}

/** A time of day, or a date when it is not today. */
export function moment(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return ''
  const isToday = date.toDateString() === new Date().toDateString()
  return isToday
    ? date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString([], { month: 'short', day: 'numeric' })
}
