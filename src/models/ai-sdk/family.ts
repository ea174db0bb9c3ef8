/** Who reads the request in the end; packages that share a wire format share a family. */
export type Family = 'openai-chat' | 'openai-responses' | 'anthropic' | 'google' | 'other'

/** The family behind a provider id of the AI SDK, such as `openai.responses` or `google.vertex.chat`. */
export function familyOf(provider: string): Family {
  if (provider.includes('anthropic')) return 'anthropic'
  if (provider.startsWith('google')) return 'google'
  if (!/^(openai|azure)(?!-compatible)/.test(provider)) return 'other'
  return provider.endsWith('.responses') ? 'openai-responses' : 'openai-chat'
}

const systems: ReadonlyMap<string, string> = new Map([
  ['google.generative-ai', 'google'],
  ['google.vertex.chat', 'google-cloud'],
  ['azure-openai', 'azure'],
])

/** The provider's name as histories write it: `openai` for `openai.chat`. */
export function systemOf(provider: string): string {
  const vendor = provider.split('.')[0] ?? provider
  return systems.get(provider) ?? systems.get(vendor) ?? vendor
}
