import { UserError } from '../../errors/index.ts'
import type {
  AssistantContent,
  FileData,
  PromptMessage,
  ToolResult,
  UserPromptContent,
} from './protocol.ts'

/** The prompt as specification v3 writes it: files hold their data bare, files in tool results have types of their own. */
export function promptForV3(prompt: readonly PromptMessage[]): unknown[] {
  return prompt.map((message) => {
    if (message.role === 'system') return message
    return { ...message, content: message.content.map(contentForV3) }
  })
}

function contentForV3(content: UserPromptContent | AssistantContent | ToolResult): unknown {
  if (content.type === 'file') return { ...content, data: bareData(content.data) }
  if (content.type !== 'tool-result' || content.output.type !== 'content') return content
  const value = content.output.value.map((item) => {
    if (item.type !== 'file') return item
    const { data, type: _type, ...rest } = item
    if (data.type === 'url') return { ...rest, type: 'file-url', url: data.url.href }
    if (data.type === 'reference') return { ...rest, type: 'file-id', fileId: data.reference }
    return { ...rest, type: 'file-data', data: data.data }
  })
  return { ...content, output: { ...content.output, value } }
}

function bareData(data: FileData): URL | string {
  switch (data.type) {
    case 'data':
      return data.data
    case 'url':
      return data.url
    case 'reference': {
      const [id, ...others] = Object.values(data.reference)
      if (id === undefined || others.length > 0) throw new UserError('An uploaded file without id')
      return id
    }
  }
}
