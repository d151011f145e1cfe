// Runs inside a page of a report, in a browser, and checks what a script can check. Reports, as one
// line of JSON to the page around it, script errors, how far the page scrolls sideways, texts whose
// contrast is below 4.5 to 1, whether anything would be fetched, whether filter and copy buttons work.
addEventListener('load', async () => {
  const parse = text => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    return { r: numbers[0], g: numbers[1], b: numbers[2], a: numbers.length > 3 ? numbers[3] : 1 };
  };
  const over = (top, under) => ({
    r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a),
    b: top.b * top.a + under.b * (1 - top.a), a: 1,
  });
  const light = ({ r, g, b }) => {
    const part = value => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.a > 0) layers.push(colour);
      if (colour.a === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  const weak = new Map();
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || /^(SCRIPT|STYLE)$/.test(element.tagName)) continue;
    if (!element.checkVisibility() || getComputedStyle(element).fontSize === '0px') continue;
    texts += 1;
    const style = getComputedStyle(element);
    const under = ground(element);
    const colour = element.ownerSVGElement ? style.fill : style.color;
    const [one, two] = [light(over(parse(colour), under)), light(under)].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (two + 0.05);
    const name = element.tagName + '.' + (element.getAttribute('class') || '');
    if (contrast < 4.5) weak.set(name, contrast.toFixed(2));
  }
  const root = document.documentElement;
  const wide = [...document.body.querySelectorAll('*')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1
      && !element.closest('.scroll, pre, .strip'))
    .slice(0, 3).map(element => element.tagName + '.' + (element.getAttribute('class') || ''));
  const result = {
    errors: window.pageErrors, width: innerWidth, overflow: root.scrollWidth - innerWidth, wide,
    texts, dark: matchMedia('(prefers-color-scheme: dark)').matches,
    weak: [...weak].map(pair => pair.join(' ')),
    fetched: performance.getEntriesByType('resource').length,
    buttons: document.querySelectorAll('button[data-copy]').length,
  };
  // By check, by class, by a word of the plan: each must leave exactly the matching plans.
  const shown = () => [...document.querySelectorAll('[data-plan]')].filter(plan => !plan.hidden);
  const filterBy = (name, value, fits) => {
    const part = document.querySelector('.filter [name=' + name + ']');
    const before = shown().length;
    part.value = value(part);
    part.dispatchEvent(new Event('input'));
    const seen = { before, after: shown().length, fits: shown().every(plan => fits(plan, part.value)) };
    seen.hidden = [...document.querySelectorAll('[data-plan]')]
      .every(plan => !plan.hidden || !fits(plan, part.value));
    part.value = '';
    part.dispatchEvent(new Event('input'));
    seen.restored = shown().length === before;
    return seen;
  };
  if (document.querySelector('.filter')) {
    const last = select => select.options[select.options.length - 1].value;
    const word = shown()[0]?.dataset.plan.split(' ').pop() ?? '';
    result.filters = {
      check: filterBy('check', last, (plan, value) => plan.dataset.checks.split(' ').includes(value)),
      class: filterBy('class', last, (plan, value) => plan.dataset.classes.split(' ').includes(value)),
      word: filterBy('word', () => word, (plan, value) => plan.dataset.plan.includes(value)),
    };
  }
  // The first button, with a clipboard that accepts the text, and with one that refuses it.
  const button = document.querySelector('button[data-copy]');
  if (button) {
    const wanted = button.closest('.again').querySelector('pre').textContent;
    const copied = { clipboard: '', selection: '' };
    const press = async write => {
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: write }, configurable: true });
      button.textContent = 'Copy';
      button.click();
      await new Promise(done => setTimeout(done, 10));
      return button.textContent === 'Copied';
    };
    const told = [await press(async text => { copied.clipboard = text; })];
    document.execCommand = () => { copied.selection = document.activeElement.value; return true; };
    told.push(await press(async () => { throw new Error('refused'); }));
    result.copy = told.every(Boolean) && copied.clipboard === wanted && copied.selection === wanted
      && !document.querySelector('textarea');
    button.textContent = 'Copy';
  }
  const line = JSON.stringify(result);
  if (parent !== window) parent.postMessage(line, '*');
});
