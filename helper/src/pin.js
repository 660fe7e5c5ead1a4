// The PIN frame. Digits stay in this file's memory until 確定 is pressed, go to the helper once, and are forgotten.
'use strict';
(() => {
  let digits = [];
  // Enter or Space is down: 確定 must not get the focus under it.
  let isHeld = false;
  let wantsOk = false;

  const empty = () => {
    digits = [];
    wantsOk = false;
    draw();
  };

  const { at, say, send, focus, isOnNumberPad, digitWithoutNumLock, isOpen, start } = window.frame({
    texts: {
      right: '暗証番号を確認しました。カードを動かさないでください。',
      wrong: '暗証番号がちがいます。',
      locked: '暗証番号がロックされました。設定し直す方法は、もとのページをご覧ください。',
      format: '数字4けたで入力してください。',
    },
    empty,
    begin: () => {
      draw();
      focus('heading');
    },
  });

  const draw = () => {
    [...at('dots').children].forEach((dot, place) => dot.classList.toggle('on', place < digits.length));
    at('dots').setAttribute('aria-label', `${digits.length}けた入力済み`);
  };

  const add = (digit) => {
    if (!isOpen()) return;
    if (digits.length >= 4) {
      // Which four were meant? Only the person knows.
      empty();
      focus('heading');
      return say('暗証番号は数字4けたです。はじめから入力してください。', true);
    }
    digits.push(digit);
    draw();
    say(`${digits.length}けた入力しました。`);
    if (digits.length < 4) return;
    if (isHeld) wantsOk = true;
    else at('ok').focus();
  };

  const back = () => {
    if (!isOpen()) return;
    digits.pop();
    wantsOk = false;
    draw();
    say(`${digits.length}けたになりました。`);
  };

  const clear = () => {
    if (!isOpen()) return;
    empty();
    say('全部消しました。');
  };

  const press = () => {
    if (!isOpen()) return;
    if (digits.length !== 4) {
      say('数字4けたで入力してください。', true);
      return;
    }
    send({ pin: digits.join('') }, '確認しています。カードを動かさないでください。');
  };

  // The digits are typed on the reader's own keys; its 確定 is the press.
  const pressOnPad = () => {
    if (!isOpen()) return;
    send({ pad: true }, 'カードリーダーのキーで暗証番号(数字4けた)を入力し、リーダーの確定キーを押してください。やめるときは、リーダーの取消キーを押してください。');
  };

  at('clear').addEventListener('click', clear);
  at('back').addEventListener('click', back);
  at('ok').addEventListener('click', press);
  at('on-pad').hidden = at('pin').dataset.pad === '';
  at('on-pad').addEventListener('click', pressOnPad);
  // A phone has a PIN of its own: the card's would cost one of its tries.
  if (at('pin').dataset.phone !== '') at('heading').prepend('スマホ用の');
  for (const key of document.querySelectorAll('[data-digit]')) key.addEventListener('click', () => add(key.dataset.digit));

  const isPress = (event) => event.key === 'Enter' || event.key === ' ';

  document.addEventListener('keydown', (event) => {
    // A key that is held presses once.
    if (event.repeat) {
      if (isPress(event)) event.preventDefault();
      return;
    }
    if (isPress(event)) isHeld = true;
    if (at('entry').hidden || event.ctrlKey || event.altKey || event.metaKey) return;
    // A Japanese input method may hide the key behind "Process"; its place on the keyboard still tells.
    const place = event.key === 'Process' ? /^(?:Digit|Numpad)([0-9])$/.exec(event.code) : null;
    const digit = place ? place[1] : (digitWithoutNumLock(event) ?? event.key);
    if (/^[0-9]$/.test(digit)) {
      event.preventDefault();
      add(digit);
    } else if (event.key === 'Backspace') {
      event.preventDefault();
      back();
    } else if (isOnNumberPad(event) && event.key === 'Delete') {
      // The point beside the digits, while NumLock is off: whoever meant a digit loses nothing.
      event.preventDefault();
      say('数字4けたで入力してください。', true);
    } else if (event.key === 'Escape' || event.key === 'Delete') {
      event.preventDefault();
      clear();
    } else if (event.key === 'Enter' && event.target.tagName !== 'BUTTON') {
      event.preventDefault();
      press();
    } else if (event.key.length === 1 && event.key !== ' ') {
      say('数字4けたで入力してください。', true);
    }
  });
  document.addEventListener('keyup', (event) => {
    if (!isPress(event)) return;
    isHeld = false;
    if (wantsOk) at('ok').focus();
    wantsOk = false;
  });
  window.addEventListener('blur', () => { isHeld = false; });

  start();
})();
