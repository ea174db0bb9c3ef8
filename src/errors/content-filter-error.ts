import { UnexpectedModelBehavior } from './unexpected-model-behavior.ts'

/** The provider's content filter left nothing of the response. */
export class ContentFilterError extends UnexpectedModelBehavior {
  override name = 'ContentFilterError' as const
  /** The filtered response as message JSON (a list of one message). */
  readonly body: string

  constructor(message: string, body: string) {
    super(message)
    this.body = body
  }
}
