export { base64ToBytes, bytesToBase64, normaliseBase64, standardBase64 } from './base64.ts'
export {
  data,
  integer,
  list,
  oneOf,
  record,
  recurring,
  text,
  textOr,
  timestamp,
  variants,
} from './codecs.ts'
export { readData, writeData } from './data.ts'
export { isRawJson, parseJson } from './exact-integers.ts'
export { jsonOf } from './json.ts'
export { JsonText, writtenOnce } from './json-text.ts'
export { object } from './object.ts'
export {
  type Codec,
  type Complete,
  constant,
  defaulting,
  derived,
  isRecord,
  nullable,
  Place,
  required,
  said,
  type Shape,
  shape,
  unsaid,
  usually,
} from './shape.ts'
export { parseTimestamp } from './timestamp.ts'
