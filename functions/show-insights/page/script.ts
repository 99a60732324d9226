/**
 * The one script of the page: it fetches the page again every five seconds while it is looked at and exchanges what
 * changed, and switches the theme. Without it the page is whole and stands still.
 */
export const SCRIPT = `
'use strict';
const EVERY_MS = 5000;
const root = document.documentElement;

function applyTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
}
function storedTheme() {
  try { return localStorage.getItem('theme'); } catch { return null; }
}
applyTheme(storedTheme());

document.addEventListener('click', (event) => {
  if (!event.target.closest('#theme')) return;
  const dark = root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  applyTheme(dark ? 'light' : 'dark');
  try { localStorage.setItem('theme', root.dataset.theme); } catch { /* the choice lasts as long as the page */ }
});

async function refresh() {
  const status = document.getElementById('freshness');
  try {
    const response = await fetch(location.pathname, { signal: AbortSignal.timeout(20000) });
    if (!response.ok) throw new Error('the platform answered ' + response.status);
    const next = new DOMParser().parseFromString(await response.text(), 'text/html');
    exchange(next);
  } catch (error) {
    status.textContent = 'Not refreshed: ' + error.message + '. The figures below are old.';
    status.classList.add('stale');
  }
}

function exchange(next) {
  for (const part of next.querySelectorAll('[data-part]')) {
    const shown = document.querySelector('[data-part="' + part.dataset.part + '"]');
    if (!shown || shown.innerHTML === part.innerHTML) continue;
    if (shown.contains(document.activeElement) || shown.contains(getSelection().anchorNode) && !getSelection().isCollapsed) continue;
    const open = [...shown.querySelectorAll('details')].map((details) => details.open);
    shown.replaceChildren(...part.childNodes);
    shown.querySelectorAll('details').forEach((details, index) => { details.open = open[index] === true; });
  }
}

for (;;) {
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  if (document.visibilityState === 'visible') await refresh();
}
`.trimStart();
