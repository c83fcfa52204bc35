'use strict';
// npm runs this after an installation, perhaps with an older Node than the relay's: hence not TypeScript.
// Where the packages that build the pages were left out, pages that came with the relay are used.

const { existsSync } = require('node:fs');
const { join } = require('node:path');

if (isInstalled('vite')) {
  import('vite')
    .then(({ build }) =>
      build({ configFile: join(__dirname, 'vite.config.ts'), root: __dirname, logLevel: 'warn' }),
    )
    .catch(sayWhatIsMissing);
} else if (!existsSync(join(__dirname, 'dist', 'index.html'))) {
  sayWhatIsMissing('its packages are not installed');
}

/** The relay works without its pages, so the installation does not fail for them. */
function sayWhatIsMissing(why) {
  const reason = why instanceof Error ? why.message : why;
  console.warn(`gangway: the dashboard was not built: ${reason}`);
  console.warn('gangway: the relay works without it; `npm ci && npm run build` makes it.');
}

function isInstalled(name) {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
