// The small script of a report's page: it filters failed plans and copies commands. The page works
// without it, and it loads nothing from the network.

/// The script of every page.
let pageScript = """
  (() => {
    const all = query => [...document.querySelectorAll(query)];
    const filter = document.querySelector('.filter');
    const apply = () => {
      const check = filter.querySelector('[name=check]').value;
      const kind = filter.querySelector('[name=class]').value;
      const word = filter.querySelector('[name=word]').value.trim();
      const isOn = check !== '' || kind !== '' || word !== '';
      let count = 0;
      for (const plan of all('[data-plan]')) {
        const fits = (check === '' || plan.dataset.checks.split(' ').includes(check))
          && (kind === '' || plan.dataset.classes.split(' ').includes(kind))
          && plan.dataset.plan.includes(word);
        plan.hidden = !fits;
        count += fits ? 1 : 0;
      }
      for (const article of all('article')) {
        const plans = [...article.querySelectorAll('[data-plan]')];
        article.hidden = isOn && !plans.some(plan => !plan.hidden);
        const more = article.querySelector('details.more');
        if (more && isOn) more.open = true;
      }
      filter.querySelector('output').textContent = isOn ? count + (count === 1 ? ' plan' : ' plans') : '';
    };
    if (filter) for (const part of all('.filter select, .filter input')) {
      part.addEventListener('input', apply);
    }
    for (const button of all('button[data-copy]')) button.addEventListener('click', async () => {
      const text = button.dataset.copy;
      try { await navigator.clipboard.writeText(text); } catch {
        const area = document.createElement('textarea');
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand('copy');
        area.remove();
      }
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    });
  })();
  """
