// What the frames share: one press, one request, never repeated; what the helper answers; the warning before the last try.
'use strict';
// `texts` says what differs; `empty` forgets what was typed; `begin` makes the entry ready.
window.frame = ({ texts, empty, begin }) => {
  const at = (id) => document.getElementById(id);
  const tries = document.querySelector('main').dataset.tries;
  const isLastTry = tries === '1';
  let state = 'entry';

  const say = (text, isError) => {
    at('message').textContent = text;
    at('message').classList.toggle('error', Boolean(isError));
  };

  const lock = (isLocked) => {
    for (const control of at('entry').querySelectorAll('button, input')) control.disabled = isLocked;
  };

  const end = (text, isError) => {
    state = 'ended';
    at('entry').hidden = true;
    at('last-try').hidden = true;
    say(text, isError);
    at('heading').focus();
  };

  const wrong = (left) => (left === null ? texts.wrong : `${texts.wrong}あと${left}回でロックされます。`);

  const told = (word) => {
    switch (word.result) {
      case 'ok': return end(texts.right);
      case 'wrong': return end(wrong(word.tries_left), true);
      case 'locked': return end(texts.locked, true);
      case 'confirm': state = 'entry'; lock(false); return warn();
      case 'format': state = 'entry'; lock(false); return say(texts.format, true);
      default: return end('この入力は終わりました。もとのページをご覧ください。', true);
    }
  };

  const send = async (secret, text) => {
    state = 'sent';
    lock(true);
    say(text);
    let body = JSON.stringify(isLastTry ? { ...secret, last_try: true } : secret);
    empty();
    try {
      const sent = fetch(location.pathname, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        credentials: 'omit',
        redirect: 'error',
      });
      body = '';
      told(await (await sent).json());
    } catch {
      end('読み取りプログラムと通信できませんでした。もとのページをご覧ください。', true);
    }
  };

  const open = () => {
    at('last-try').hidden = true;
    at('entry').hidden = false;
    at('tries').textContent = tries === '' ? '' : `残り${tries}回まで入力できます。`;
    at('tries').hidden = tries === '';
    begin();
  };

  const warn = () => {
    at('entry').hidden = true;
    at('last-try').hidden = false;
    at('heading').focus();
  };

  at('go-on').addEventListener('click', open);
  window.addEventListener('pagehide', empty);

  return {
    at,
    say,
    send,
    isOpen: () => state === 'entry',
    start: () => (isLastTry ? warn() : open()),
  };
};
