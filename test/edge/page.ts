/** What a page loads. */
import { perform } from './program.ts'

Object.assign(globalThis, { perform })
