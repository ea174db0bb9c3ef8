/** What is imported lazily is loaded when it is needed, if at all: it does not count for the door that leads there. */
const leaveLazyOut = {
  name: 'leave-lazy-out',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind }) =>
      kind === 'dynamic-import' ? { external: true } : undefined,
    )
  },
}

const folders = { machines: 'machines', gallery: 'machines/gallery' }

const door = (name, limit, more = {}) => ({
  name: name === '' ? 'agentchart' : `agentchart/${name}`,
  path: `dist/${folders[name] ?? `src/${name}`}/index.js`.replace('//', '/'),
  limit,
  modifyEsbuildConfig: (config) => ({
    ...config,
    ...more,
    plugins: [...(config.plugins ?? []), leaveLazyOut],
  }),
})

export default [
  door('', '91.5 kB'),
  door('gallery', '4.3 kB'),
  door('inspect', '6.2 kB'),
  door('machines', '5.5 kB'),
  door('messages', '14.5 kB'),
  door('models/ai-sdk', '30 kB'),
  door('models/anthropic', '24.5 kB'),
  door('models/google', '18.5 kB'),
  door('models/openai-chat', '19.5 kB'),
  door('models/openai-responses', '21.5 kB'),
  door('store', '15 kB'),
  door('store/postgres', '20.1 kB'),
  door('store/sqlite', '20 kB'),
  door('ui', '43.5 kB', { platform: 'node', format: 'esm' }),
  door('worker', '3 kB'),
  door('testing', '25 kB'),
]
