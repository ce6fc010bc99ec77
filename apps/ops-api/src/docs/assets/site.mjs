// What a page can do beyond being read: another theme, copying what is to be typed, searching while typing. All of it is
// extra: without it the page is whole, and the search is a form. It makes elements and texts, and never markup from a text.
const own = document.querySelector('script[data-index]');
const made = (tag, properties = {}, ...inside) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
};

// The theme: as the system has it, or the other one, remembered here.
const theme = document.querySelector('button.theme');
const system = matchMedia('(prefers-color-scheme: dark)');
const shown = () => document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light');
const nameTheme = () => {
  theme.textContent = shown() === 'dark' ? 'Light' : 'Dark';
  theme.setAttribute('aria-label', `Show the pages ${shown() === 'dark' ? 'light' : 'dark'}`);
};
theme.hidden = false;
theme.addEventListener('click', () => {
  const next = shown() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem('argus-theme', next);
  } catch {
    // Not remembered then.
  }
  nameTheme();
});
system.addEventListener('change', nameTheme);
nameTheme();

// Copying: what is typed, and files. What one sees is not for pasting.
for (const block of document.querySelectorAll('.code.typed, .code.file')) {
  const button = made('button', { type: 'button', className: 'copy', textContent: 'Copy' });
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(block.querySelector('code').textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(block.querySelector('code'));
      button.textContent = 'Selected';
    }
    setTimeout(() => (button.textContent = 'Copy'), 1_500);
  });
  block.append(button);
}

// Where one is among the pages.
const pages = document.querySelector('#pages');
const current = pages.querySelector('[aria-current]');
if (current && current.offsetTop > pages.clientHeight - 60) pages.scrollTop = current.offsetTop - pages.clientHeight / 2;

// Where one is on a long page.
const places = new Map([...document.querySelectorAll('aside a')].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
const mark = () => {
  const above = [...places.keys()].filter((id) => (document.getElementById(id)?.getBoundingClientRect().top ?? Infinity) < 120);
  const here = above.at(-1);
  for (const [id, link] of places) link.toggleAttribute('aria-current', id === here);
};
if (places.size > 0) {
  let waiting = false;
  addEventListener('scroll', () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  }, { passive: true });
  mark();
}

document.querySelector('kbd[hidden]')?.removeAttribute('hidden'); // the key does nothing without this file

// Searching while typing: the arrows choose, Enter opens, Escape closes. Enter without a choice asks the server.
const field = document.querySelector('input[type=search]');
const list = made('ul', { id: 'hits', className: 'found', hidden: true });
list.setAttribute('role', 'listbox');
list.setAttribute('aria-label', 'Places found');
const told = made('p', { className: 'hidden' });
told.setAttribute('role', 'status');
field.after(list, told);
for (const [name, value] of [['role', 'combobox'], ['aria-controls', 'hits'], ['aria-expanded', 'false'], ['aria-autocomplete', 'list']]) field.setAttribute(name, value);

let index = null;
const loaded = () => (index ??= Promise.all([import(own.dataset.find), fetch(own.dataset.index).then((answer) => answer.json())]));
let chosen = -1;
const choose = (next) => {
  chosen = next;
  [...list.children].forEach((row, n) => row.setAttribute('aria-selected', String(n === chosen)));
  if (chosen < 0) field.removeAttribute('aria-activedescendant');
  else field.setAttribute('aria-activedescendant', list.children[chosen].id);
  list.children[chosen]?.scrollIntoView({ block: 'nearest' });
};
const close = () => {
  list.hidden = true;
  field.setAttribute('aria-expanded', 'false');
  choose(-1);
};
const show = (hits) => {
  list.replaceChildren(
    ...hits.map(({ address, page, heading, excerpt }, n) => {
      const link = made('a', { href: address, tabIndex: -1 }, made('strong', { textContent: heading }), ...(heading === page ? [] : [made('span', { textContent: page })]), made('small', { textContent: excerpt }));
      const row = made('li', { id: `hit-${n}` }, link);
      row.setAttribute('role', 'option');
      return row;
    }),
  );
  list.hidden = hits.length === 0;
  field.setAttribute('aria-expanded', String(hits.length > 0));
  told.textContent = field.value.trim() === '' ? '' : hits.length === 0 ? 'Nothing found' : `${hits.length} places found`;
  choose(-1);
};
const search = async () => {
  const query = field.value;
  try {
    const [{ find }, sections] = await loaded();
    if (field.value === query) show(query.trim().length < 2 ? [] : find(sections, query, 8));
  } catch {
    index = null; // the form still asks the server
  }
};
field.addEventListener('focus', () => void loaded().catch(() => (index = null)));
field.addEventListener('input', () => void search());
field.addEventListener('keydown', (event) => {
  const rows = list.hidden ? 0 : list.children.length;
  if (event.key === 'Escape' && rows > 0) {
    event.preventDefault();
    close();
  } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && rows > 0) {
    event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : -1;
    choose(chosen < 0 && step < 0 ? rows - 1 : chosen + step >= rows ? -1 : Math.max(-1, chosen + step));
  } else if (event.key === 'Enter' && chosen >= 0) {
    event.preventDefault();
    const { href } = list.children[chosen].firstElementChild;
    close();
    location.assign(href);
  }
});
document.addEventListener('pointerdown', (event) => void (!event.target.closest('form.search') && close()));
document.addEventListener('keydown', (event) => {
  const isTyping = event.target.closest('input, textarea, [contenteditable]');
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});
