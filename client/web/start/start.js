// The start page: a question becomes a board, and its links are shown. Text in Dutch where the browser asks for it.

const nl = {
  ask: 'Waar ga je over nadenken?',
  make: 'Maak een bord',
  token: 'Deze server vraagt een token om borden te maken.',
  made: 'Je bord',
  participants: 'Voor deelnemers: zij schrijven, verplaatsen en clusteren',
  owner: 'Alleen voor jou: wie deze heeft, is eigenaar van het bord',
  recovery: 'Herstelcode: druk hem af, je ziet hem alleen nu',
  copy: 'Kopieer',
  copied: 'Gekopieerd',
  link: 'Dit is een link naar een bord. Bewaar hem: meer heb je niet nodig om binnen te komen.',
  nopage: 'Deze versie van de server heeft nog geen pagina om op een bord te schrijven. Programma’s kunnen het wel: de Go-SDK, de opdrachtregel, en alles wat het protocol spreekt.',
  failed: 'Dat lukte niet. Probeer het opnieuw.',
  host: 'Eigenaar',
};
const en = { copied: 'Copied', failed: 'That failed. Try again.', host: 'Owner' };
const dutch = navigator.language.toLowerCase().startsWith('nl');
const t = (key) => (dutch ? nl[key] : en[key]);
const byId = (id) => document.getElementById(id);

if (dutch) {
  document.documentElement.lang = 'nl';
  for (const el of document.querySelectorAll('[data-t]')) el.textContent = nl[el.dataset.t];
}

async function call(method, path, body, token) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, { method, headers, body: JSON.stringify(body), credentials: 'omit' });
  const content = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(content.detail ?? t('failed')), { code: content.code });
  return content;
}

// makeBoard shows each link as soon as it exists: what was made must not be lost because the next step failed.
async function makeBoard(question, token) {
  const board = await call('POST', '/api/v1/boards', { question, language: dutch ? 'nl' : 'en' }, token);
  show({ owner: board.owner, recovery: board.recovery, contributor: '' });
  const secret = new URL(board.owner).hash.slice(1);
  const path = `/api/v1/boards/${board.board}`;
  const me = await call('POST', `${path}/join`, { secret, name: t('host') });
  const link = await call('POST', `${path}/links`, { role: 'contributor' }, me.token);
  show({ contributor: link.link });
}

function show(texts) {
  for (const [id, text] of Object.entries(texts)) byId(id).textContent = text;
  byId('made').hidden = false;
}

byId('ask')?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = event.target.querySelector('button');
  button.disabled = true;
  byId('problem').textContent = '';
  try {
    await makeBoard(byId('question').value, byId('token').value);
  } catch (err) {
    if (err.code === 'create_token') byId('tokenrow').hidden = false;
    byId('problem').textContent = err.message;
  } finally {
    button.disabled = false;
  }
});

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    const source = byId(button.dataset.copy);
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = t('copied');
      return;
    }
    // Plain http on a local network has no clipboard: select it, the person presses the key.
    getSelection().selectAllChildren(source);
  });
}
