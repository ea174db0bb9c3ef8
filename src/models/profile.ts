/** What a model can do and how it likes to be asked; independent of who serves it. */
export interface ModelProfile {
  readonly supportsTools: boolean
  /** Holds text output to a JSON Schema. */
  readonly supportsJsonSchemaOutput: boolean
  /** Holds text output to be some JSON object. */
  readonly supportsJsonObjectOutput: boolean
  readonly supportsImageOutput: boolean
  /** System prompts may stand anywhere; otherwise later ones are sent as `<system>` user prompts. */
  readonly supportsInlineSystemPrompts: boolean
  /** How a bare output type is asked for. */
  readonly defaultStructuredOutputMode: 'tool' | 'native' | 'prompted'
  /** Text that tells the model about the schema in prompted mode; `{schema}` is replaced. */
  readonly promptedOutputTemplate: string
  /** Native mode also needs the schema in the instructions. */
  readonly nativeOutputRequiresSchemaInInstructions: boolean
}

/** What holds of a model nobody knows: it can call tools, and no more is counted on. */
export const defaultProfile: ModelProfile = {
  supportsTools: true,
  supportsJsonSchemaOutput: false,
  supportsJsonObjectOutput: false,
  supportsImageOutput: false,
  supportsInlineSystemPrompts: false,
  defaultStructuredOutputMode: 'tool',
  promptedOutputTemplate:
    "\nAlways respond with a JSON object that's compatible with this schema:\n\n{schema}\n\nDon't include any text or Markdown fencing before or after.\n",
  nativeOutputRequiresSchemaInInstructions: false,
}
