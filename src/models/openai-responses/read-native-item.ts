import {
  BinaryContent,
  type NativeToolCallPartInput,
  type ResponsePartInput,
} from '../../messages/index.ts'
import { filledText, present, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'

/** What a native call is made of, before it becomes its two parts. */
interface NativeUse {
  readonly toolName: string
  readonly args: Readonly<Record<string, unknown>> | null
  readonly content: unknown
  /** Whether the call carries the item's id, which the provider wants back. */
  readonly hasItemId?: boolean
  readonly files?: readonly ResponsePartInput[]
}

type ReadNativeUse = (item: RawObject) => NativeUse

/** Items that a tool of the provider's own left in the output, by their type. */
const nativeUses: Readonly<Record<string, ReadNativeUse>> = {
  web_search_call: (item) => {
    const { sources, ...action } = present(rawObject(item['action']))
    const found = rawObjects(sources)
    return {
      toolName: 'web_search',
      args: item['action'] == null ? null : action,
      content: present({ status: item['status'], sources: found.length > 0 ? found : undefined }),
      hasItemId: true,
    }
  },
  file_search_call: (item) => ({
    toolName: 'file_search',
    args: { queries: item['queries'] },
    content: present({ status: item['status'], results: item['results'] }),
    hasItemId: true,
  }),
  code_interpreter_call: (item) => {
    const outputs = rawObjects(item['outputs'])
    const logs = outputs.flatMap((output) => rawText(output['logs']) ?? [])
    return {
      toolName: 'code_execution',
      args: { container_id: item['container_id'], code: item['code'] ?? '' },
      content: present({ status: item['status'], logs: logs.length > 0 ? logs : undefined }),
      files: outputs.flatMap((output) => dataUrlFile(output['url'], item['id'])),
    }
  },
  image_generation_call: (item) => {
    const { background, quality, size, revised_prompt } = item
    const image = filledText(item['result'])
    const status = image === undefined ? item['status'] : 'completed'
    return {
      toolName: 'image_generation',
      args: null,
      content: present({ status, background, quality, size, revised_prompt }),
      files: image === undefined ? [] : [file(image, imageType(item), item['id'])],
    }
  },
  mcp_call: (item) => ({
    toolName: `mcp_server:${rawText(item['server_label']) ?? ''}`,
    args: {
      action: 'call_tool',
      tool_name: item['name'],
      tool_args: parsedOrEmpty(item['arguments']),
    },
    content: { output: item['output'] ?? null, error: item['error'] ?? null },
  }),
  mcp_list_tools: (item) => ({
    toolName: `mcp_server:${rawText(item['server_label']) ?? ''}`,
    args: { action: 'list_tools' },
    content: { tools: item['tools'] ?? null, error: item['error'] ?? null },
  }),
}

/** The parts of a native call. */
export interface NativeParts {
  readonly call: NativeToolCallPartInput
  readonly files: readonly ResponsePartInput[]
  readonly result: ResponsePartInput
}

/** `undefined` for an item that is not of a native tool. */
export function readNativeItem(item: RawObject, providerName: string): NativeParts | undefined {
  const read = nativeUses[rawText(item['type']) ?? '']
  if (read === undefined) return undefined
  const { toolName, args, content, hasItemId = false, files = [] } = read(item)
  const toolCallId = rawText(item['id']) ?? ''
  const id = hasItemId ? toolCallId : null
  return {
    call: { partKind: 'builtin-tool-call', toolName, args, toolCallId, id, providerName },
    files,
    result: { partKind: 'builtin-tool-return', toolName, content, toolCallId, providerName },
  }
}

/** A picture while it is still being drawn. */
export function readPartialImage(event: RawObject): ResponsePartInput {
  return file(rawText(event['partial_image_b64']) ?? '', imageType(event), event['item_id'])
}

function imageType(item: RawObject): string {
  return `image/${filledText(item['output_format']) ?? 'png'}`
}

function file(base64: string, mediaType: string, id: unknown): ResponsePartInput {
  return { partKind: 'file', content: BinaryContent(base64, mediaType), id: rawText(id) ?? null }
}

function dataUrlFile(url: unknown, id: unknown): ResponsePartInput[] {
  const found = /^data:([^;,]+);base64,(.*)$/s.exec(rawText(url) ?? '')
  return found?.[1] === undefined ? [] : [file(found[2] ?? '', found[1], id)]
}

function parsedOrEmpty(args: unknown): unknown {
  const text = filledText(args)
  if (text === undefined) return {}
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
