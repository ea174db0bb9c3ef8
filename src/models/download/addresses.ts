/**
 * Where an IP address leads.
 *
 * `metadata` is where a cloud hands out credentials to whoever asks from inside; `local` all that is not meant to be
 * reached from the whole internet, and what cannot be read as an address.
 *
 * IPv6 may carry an IPv4 address that a gateway on the way delivers to; what is carried counts like the address itself.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export type Reach = 'public' | 'local' | 'metadata'

/** The reach of an address as a resolver or a URL writes it, without brackets. */
export function reachOf(address: string): Reach {
  const bytes = parseAddress(address)
  if (bytes === undefined) return 'local'
  if (metadata.some((range) => isWithin(bytes, range))) return 'metadata'
  return bytes.length === 4 ? reachOfIPv4(bytes) : reachOfIPv6(bytes)
}

/** The bytes of an address, 4 or 16; `undefined` when this is none. */
export function parseAddress(text: string): readonly number[] | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text)
}

type Bytes = readonly number[]

interface Range {
  readonly bytes: Bytes
  readonly bits: number
}

const localIPv4 = ranges(
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
)

/** All that IPv6 gives to single hosts of the internet, but for the gateways below. */
const globalIPv6 = ranges('2000::/3')

/** Within it: protocols (Teredo among them), documentation, 6to4. */
const localIPv6 = ranges('2001::/23 2001:db8::/32 2002::/16 3fff::/20')

/** IPv4 addresses in the guise of IPv6: mapped, and as NAT64 of the well-known prefix delivers them. */
const guises = ranges('::ffff:0:0/96 64:ff9b::/96')

const metadata = ranges(
  '169.254.169.254/32 fd00:ec2::254/128', // AWS, Azure, Google, most others
  '169.254.170.2/32 169.254.170.23/32 fd00:ec2::23/128', // tasks and pods of AWS
  '168.63.129.16/32', // Azure's channel to its machines
  'fd20:ce::254/128', // Google without IPv4
  '100.100.100.200/32', // Alibaba
  '192.0.0.192/32', // Oracle
  '169.254.42.42/32 fd00:42::42/128', // Scaleway
  '169.254.0.23/32', // Tencent
)

/**
 * Where IPv6 may carry an IPv4 address: 6to4, then the lengths of prefix that NAT64 knows, which a network chooses for
 * itself. An address of metadata is not found in one of these places by chance.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6052#section-2.2
 */
const carried: readonly (readonly [number, number, number, number])[] = [
  [2, 3, 4, 5],
  [4, 5, 6, 7],
  [5, 6, 7, 9],
  [6, 7, 9, 10],
  [7, 9, 10, 11],
  [9, 10, 11, 12],
  [12, 13, 14, 15],
]

function reachOfIPv4(bytes: Bytes): Reach {
  return localIPv4.some((range) => isWithin(bytes, range)) ? 'local' : 'public'
}

function reachOfIPv6(bytes: Bytes): Reach {
  const found = carried.map((places) => places.map((place) => bytes[place] ?? 0))
  const teredo = bytes.slice(12).map((byte) => byte ^ 0xff)
  const hidden = [...found, teredo]
  if (hidden.some((ipv4) => metadata.some((range) => isWithin(ipv4, range)))) return 'metadata'
  if (guises.some((range) => isWithin(bytes, range))) return reachOfIPv4(bytes.slice(12))
  const isGlobal = globalIPv6.some((range) => isWithin(bytes, range))
  return isGlobal && !localIPv6.some((range) => isWithin(bytes, range)) ? 'public' : 'local'
}

function isWithin(bytes: Bytes, range: Range): boolean {
  if (bytes.length !== range.bytes.length) return false
  return range.bytes.every((byte, i) => {
    const bits = Math.min(8, Math.max(0, range.bits - i * 8))
    const mask = (0xff00 >> bits) & 0xff
    return (byte & mask) === ((bytes[i] ?? 0) & mask)
  })
}

function ranges(...lists: readonly string[]): readonly Range[] {
  return lists.flatMap((list) =>
    list.split(' ').map((text) => {
      const [address = '', bits] = text.split('/')
      return { bytes: parseAddress(address) ?? [], bits: Number(bits) }
    }),
  )
}

function parseIPv4(text: string): Bytes | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  const bytes = text.split('.').map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function parseIPv6(text: string): Bytes | undefined {
  const [address = ''] = text.split('%') // the zone says through which door, not where to
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => groupsOf(half))
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  if (tail === undefined) return head.length === 16 ? head : undefined
  const gap = 16 - head.length - tail.length
  return gap < 2 ? undefined : [...head, ...Array.from({ length: gap }, () => 0), ...tail]
}

/** The bytes of groups; the last may be an IPv4 address. */
function groupsOf(text: string): Bytes | undefined {
  if (text === '') return []
  const groups = text.split(':')
  const bytes: number[] = []
  for (const [i, group] of groups.entries()) {
    const ipv4 = i === groups.length - 1 ? parseIPv4(group) : undefined
    if (ipv4 !== undefined) bytes.push(...ipv4)
    else if (/^[\da-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    } else return undefined
  }
  return bytes
}
