import { parseAst } from 'rolldown/parseAst'

type Statement = ReturnType<typeof parseAst>['body'][number]
type Declarator = Extract<Statement, { type: 'VariableDeclaration' }>['declarations'][number]
type Expression = NonNullable<Declarator['init']>

/**
 * Says in the code what `sideEffects: false` says of the package: nothing happens when a file is loaded. Bundlers know
 * that of files; as ours hold whole rooms, it is told of every value that is made then, so that an unused one is left out.
 */
export function markPure(code: string): string {
  const made = parseAst(code).body.flatMap((statement) =>
    statement.type === 'VariableDeclaration' ? statement.declarations : [],
  )
  return made.reduceRight((text, { id, init }) => {
    if (init === null || id.type !== 'Identifier' || isPlain(init)) return text
    const own = text.slice(init.start, init.end)
    const value =
      init.type === 'ClassExpression' && init.id === null
        ? own.replace('class', `class ${id.name}`)
        : own
    const call = isPlainCall(init) ? own : `(() => (${value}))()`
    return `${text.slice(0, init.start)}/* @__PURE__ */ ${call}${text.slice(init.end)}`
  }, code)
}

/** Whether a bundler sees by itself that nothing happens. */
function isPlain(value: Expression): boolean {
  if (value.type === 'ArrayExpression')
    return value.elements.every(
      (each) => each !== null && each.type !== 'SpreadElement' && isPlain(each),
    )
  if (value.type === 'ClassExpression')
    return value.body.body.every(
      (member) =>
        member.type !== 'StaticBlock' && 'computed' in member && !member.computed && !member.static,
    )
  if (value.type === 'ObjectExpression')
    return value.properties.every(
      (each) => each.type === 'Property' && !each.computed && isPlain(each.value),
    )
  if (value.type === 'UnaryExpression') return isPlain(value.argument)
  return /^(ArrowFunctionExpression|FunctionExpression|Identifier|Literal)$/.test(value.type)
}

/** Whether a mark in front of it is enough. */
function isPlainCall(value: Expression): boolean {
  if (value.type !== 'CallExpression' && value.type !== 'NewExpression') return false
  const isArgument = (each: (typeof value.arguments)[number]): boolean =>
    each.type !== 'SpreadElement' && isPlain(each)
  return value.callee.type === 'Identifier' && value.arguments.every(isArgument)
}
