/** What stands in place of a secret. */
export const hidden = '(hidden)'

/** Whether what is kept under this name is nobody's business: keys, passwords, cookies, headers, deps. */
export function isSecretKey(key: string): boolean {
  let isSecret = known.get(key)
  if (isSecret === undefined) {
    const letters = key.toLowerCase().replaceAll(/[^a-z]/g, '')
    isSecret = secretWithin.test(letters) || secretAtEnd.test(letters)
    if (known.size >= mostKnown) known.clear()
    known.set(key, isSecret)
  }
  return isSecret
}

/** The same few keys come again and again. */
const known = new Map<string, boolean>()
const mostKnown = 1_000

const secretWithin = /apikey|authorization|passw|passphrase|secret|credential|cookie/
const secretAtEnd =
  /(token|headers?|bearer|privatekey|accesskey|signingkey|encryptionkey|^deps|^auth|^pwd|jwt)$/

/** Texts without any of this are not looked at more closely. */
const hint =
  /bearer|basic|[srp]k[-_]|gsk|xai|hf[-_]|gh[opsur][-_]|github_pat|glpat|npm[-_]|xox|aiza|a[ks]ia|eyj|private key|:\/\/|[?&][\w-]*=|api[-_ ]?key|authorization|password|secret|token/i

/** What looks like a key wherever it stands, in the forms that well-known services give them. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`],
  [/\b[srp]k[-_][\w-]{8,}/g, hidden],
  [/\b(?:gsk|xai|hf|gh[opsur]|github_pat|glpat|npm)[-_]\w{12,}/g, hidden],
  [/\bxox[abeprs]-[\w-]{8,}/g, hidden],
  [/\bAIza[\w-]{20,}/g, hidden],
  [/\bA[KS]IA[A-Z\d]{12,}/g, hidden],
  [/\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g, hidden],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, hidden],
  [
    /((?:api[-_ ]?key|authorization|password|secret|token)["']?\s*[:=]\s*["']?)(?!\(hidden)[^\s"',;&]{4,}/gi,
    `$1${hidden}`,
  ],
  [/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${hidden}@`],
  [/([?&](?:[\w-]*key|[\w-]*token|sig|signature|x-amz-[\w-]+)=)[^&\s"']+/gi, `$1${hidden}`],
]

/**
 * The text without what looks like a secret. In JSON it goes by the names of keys, too.
 *
 * @param near how much of it is needed; what lies far behind may be missing from the result
 */
export function withoutSecrets(
  text: string,
  near: number,
  isSecret: (key: string) => boolean,
): string {
  const named = withoutNamed(text, (key) => isSecretKey(key) || isSecret(key))
  const long = named.slice(0, near + 1_000) // more than is needed, so that no half of a key is left
  if (!hint.test(long)) return long
  return shapes.reduce((before, [shape, after]) => before.replaceAll(shape, after), long)
}

/** Longer texts are not parsed. */
const mostParsed = 1_000_000

function withoutNamed(text: string, isHidden: (key: string) => boolean): string {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    if (text.length > mostParsed) return withoutMembers(text, isHidden)
    let isFound = false
    const parsed: unknown = JSON.parse(text, (key, value: unknown) => {
      if (!isHidden(key)) return value
      isFound = true
      return hidden
    })
    return isFound ? JSON.stringify(parsed) : text
  } catch {
    return withoutMembers(text, isHidden)
  }
}

/** JSON that is cut off: a text is hidden to its end, a list or an object with all that follows. */
function withoutMembers(text: string, isHidden: (key: string) => boolean): string {
  for (const match of text.matchAll(opening)) {
    const [whole, key = ''] = match
    if (isHidden(key)) return `${members(text.slice(0, match.index), isHidden)}${whole}${hidden}`
  }
  return members(text, isHidden)
}

function members(text: string, isHidden: (key: string) => boolean): string {
  return text.replaceAll(member, (whole, key: string) =>
    isHidden(key) ? `"${key}":"${hidden}"` : whole,
  )
}

const member = /"((?:[^"\\]|\\.){1,80})"\s*:\s*"(?:[^"\\]|\\.)*(?:"|\\?$)/g
const opening = /"((?:[^"\\]|\\.){1,80})"\s*:\s*[[{]/g
