/**
 * Tools that the provider runs by itself, asked for by `settings.nativeTools`. A model that does not know one of them
 * refuses the request with a `UserError`, unless it says `optional`.
 */
export type NativeTool =
  | WebSearchTool
  | WebFetchTool
  | CodeExecutionTool
  | FileSearchTool
  | ImageGenerationTool
  | McpServerTool
  | MemoryTool
  | ToolSearchTool
  | AdvisorTool

/** What all of them have. */
export interface NativeToolFields {
  /** Left out in silence for models that do not have it. Default `false`. */
  readonly optional?: boolean
}

/** Searches the web. */
export interface WebSearchTool extends NativeToolFields {
  readonly kind: 'web_search'
  /** How much of what is found the model reads (OpenAI). */
  readonly searchContextSize?: 'low' | 'medium' | 'high'
  readonly userLocation?: {
    readonly city?: string
    readonly country?: string
    readonly region?: string
    readonly timezone?: string
  }
  readonly allowedDomains?: readonly string[]
  readonly blockedDomains?: readonly string[]
  /** Most searches in one request (Anthropic). */
  readonly maxUses?: number
  /** `false` finds only what the provider has stored before (OpenAI). */
  readonly externalWebAccess?: boolean
}

/** Reads pages by their addresses. */
export interface WebFetchTool extends NativeToolFields {
  readonly kind: 'web_fetch'
  readonly maxUses?: number
  readonly allowedDomains?: readonly string[]
  readonly blockedDomains?: readonly string[]
  readonly enableCitations?: boolean
  readonly maxContentTokens?: number
}

/** Runs code in a sandbox of the provider. */
export interface CodeExecutionTool extends NativeToolFields {
  readonly kind: 'code_execution'
  /** Uploaded files that the code finds in its sandbox (OpenAI, Anthropic). */
  readonly fileIds?: readonly string[]
}

/** Searches in files that were uploaded to the provider. */
export interface FileSearchTool extends NativeToolFields {
  readonly kind: 'file_search'
  readonly fileStoreIds: readonly string[]
}

/** Makes images. */
export interface ImageGenerationTool extends NativeToolFields {
  readonly kind: 'image_generation'
  readonly background?: 'transparent' | 'opaque' | 'auto'
  readonly inputFidelity?: 'high' | 'low'
  readonly moderation?: 'auto' | 'low'
  readonly outputCompression?: number
  readonly outputFormat?: 'png' | 'webp' | 'jpeg'
  readonly partialImages?: number
  readonly quality?: 'low' | 'medium' | 'high' | 'auto'
  readonly size?: string
  readonly action?: 'auto' | 'generate' | 'edit'
  readonly aspectRatio?: string
  /** The model that draws (OpenAI). */
  readonly model?: string
}

/** Tools of an MCP server that the provider itself calls. */
export interface McpServerTool extends NativeToolFields {
  readonly kind: 'mcp_server'
  /** Names the server in the conversation. */
  readonly id: string
  readonly url: string
  readonly authorizationToken?: string
  readonly description?: string
  readonly allowedTools?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

/** A memory that the application keeps for the model (Anthropic). */
export interface MemoryTool extends NativeToolFields {
  readonly kind: 'memory'
}

/** The provider finds the tools that fit, so that not all have to be shown. */
export interface ToolSearchTool extends NativeToolFields {
  readonly kind: 'tool_search'
  readonly strategy?: 'regex' | 'bm25'
  /** The function tools that are to be searched for; others are shown at once. Default: all of them. */
  readonly toolNames?: readonly string[]
}

/** A stronger model that the model may ask for advice (Anthropic). */
export interface AdvisorTool extends NativeToolFields {
  readonly kind: 'advisor'
  readonly model: string
  /** Most times it is asked in one request. */
  readonly maxUses?: number
  /** Most tokens of one advice, with what is thought for it. */
  readonly maxTokens?: number
  /** How long the advisor's own prompt is cached. Default: not at all. */
  readonly caching?: '5m' | '1h'
}
