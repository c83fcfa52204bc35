import { render } from 'preact';
import '@picocss/pico/css/pico.min.css';
import './style/base.css';
import './style/shell.css';
import './style/parts.css';
import './style/table.css';
import './style/fields.css';
import { App } from './app.tsx';
import { startClock } from './clock.ts';
import { applyTheme } from './theme.ts';

applyTheme();
startClock();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
