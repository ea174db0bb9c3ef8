import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import type { Command, RunState } from '../../protocol.ts'
import { send } from '../connection.ts'
import { isObject, parsedOr, pretty } from '../json.ts'
import type { Session } from '../session.ts'
import { connection } from '../state.ts'

type Awaited = RunState['waitingFor'][number]

/** The calls that wait for a person: what they want, and the answers they take. */
export function Waiting({ session }: { readonly session: Session }): VNode | null {
  const calls = session.run.value?.waitingFor ?? []
  if (calls.length === 0) return null
  return (
    <section class="waiting" aria-label="Waiting for you">
      {calls.map((call) => (
        <AwaitedCall key={keyOf(call)} call={call} session={session} />
      ))}
    </section>
  )
}

function keyOf({ path, toolCallId, index }: Awaited): string {
  return [...path, toolCallId, index].join('/')
}

interface Props {
  readonly call: Awaited
  readonly session: Session
}

function AwaitedCall({ call, session }: Props): VNode {
  const isApproval = call.awaits === 'approval'
  return (
    <div class="awaited">
      <p class="awaited-what">
        <strong class="mono">{call.toolName}</strong>
        {isApproval ? ' asks for approval' : ' waits for an answer'}
        {call.path.length > 0 && <span class="faint"> in {call.agentName ?? 'a run below'}</span>}
        {call.deadline !== null && (
          <span class="faint"> until {new Date(call.deadline).toLocaleTimeString()}</span>
        )}
      </p>
      {call.metadata != null && <pre class="metadata">{pretty(call.metadata)}</pre>}
      {connection.value === 'file' ? (
        <pre>{pretty(call.args)}</pre>
      ) : isApproval ? (
        <Approval call={call} session={session} />
      ) : (
        <Answer call={call} session={session} />
      )}
    </div>
  )
}

function addressOf({
  call,
  session,
}: Props): Pick<
  Extract<Command, { type: 'approve' }>,
  'session' | 'toolCallId' | 'index' | 'path'
> {
  const { toolCallId, index, path } = call
  return { session: session.id, toolCallId, index, path }
}

function Approval({ call, session }: Props): VNode {
  const original = pretty(parsedOr(call.args) ?? {})
  const args = useSignal(original)
  const message = useSignal('')
  const problem = useSignal<string | null>(null)
  const address = addressOf({ call, session })
  const approve = async (): Promise<void> => {
    const overrideArgs = args.value === original ? undefined : parsedOr(args.value)
    if (overrideArgs !== undefined && !isObject(overrideArgs)) {
      problem.value = 'Arguments have to be a JSON object'
      return
    }
    problem.value = null
    await send({ ...address, type: 'approve', ...(overrideArgs && { overrideArgs }) })
  }
  const deny = (): Promise<unknown> =>
    send({ ...address, type: 'deny', ...(message.value !== '' && { message: message.value }) })
  return (
    <>
      <JsonField label={`Arguments of ${call.toolName}`} text={args} />
      {problem.value !== null && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <div class="row">
        <button type="button" class="primary" data-action="approve" onClick={() => void approve()}>
          {args.value === original ? 'Approve' : 'Approve with changes'}
        </button>
        <input
          aria-label="Message for a denial"
          placeholder="Why not (optional)"
          value={message.value}
          onInput={(event) => (message.value = event.currentTarget.value)}
        />
        <button type="button" data-action="deny" onClick={() => void deny()}>
          Deny
        </button>
      </div>
    </>
  )
}

function Answer({ call, session }: Props): VNode {
  const answer = useSignal('')
  const give = (): Promise<unknown> =>
    send({ ...addressOf({ call, session }), type: 'answer', result: parsedOr(answer.value) })
  return (
    <>
      <pre class="metadata">{pretty(parsedOr(call.args) ?? {})}</pre>
      <JsonField
        label={`Answer for ${call.toolName}`}
        text={answer}
        placeholder="JSON, or plain text"
      />
      <div class="row">
        <button type="button" class="primary" data-action="answer" onClick={() => void give()}>
          Answer
        </button>
      </div>
    </>
  )
}

interface FieldProps {
  readonly label: string
  readonly text: { value: string }
  readonly placeholder?: string
}

function JsonField({ label, text, placeholder = '' }: FieldProps): VNode {
  return (
    <textarea
      class="mono"
      aria-label={label}
      placeholder={placeholder}
      spellcheck={false}
      rows={Math.min(10, Math.max(2, text.value.split('\n').length))}
      value={text.value}
      onInput={(event) => (text.value = event.currentTarget.value)}
    />
  )
}
