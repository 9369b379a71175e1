import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { backendKey, electronTransport, openBackend, socketTransport } from './backend/index.ts'
import { createLocales } from './locales/index.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/menu.css'

const socketUrl = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rpc`
const backend = openBackend(
  window.parley ? electronTransport(window.parley) : socketTransport(socketUrl, location.origin),
)

createApp(App).use(createPinia()).use(createLocales()).provide(backendKey, backend).mount('#app')
