import { render } from 'preact'
import { App } from './app.tsx'
import { connect } from './connection.ts'
import { listenToKeys } from './shortcuts.ts'
import { keepTheme } from './theme.ts'

const place = document.getElementById('app')
if (place !== null) {
  keepTheme()
  listenToKeys()
  requestAnimationFrame(() => {
    render(<App />, place)
    setTimeout(connect)
  })
}
