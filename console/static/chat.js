"use strict";
const talk = document.getElementById("talk");
const form = document.getElementById("form");
const input = document.getElementById("text");
// Not part of an address: isolates (right-to-left texts), and the punctuation of a sentence that ends with it.
const ADDRESS = /(https?:\/\/[^\s\u2066-\u2069<>"]*[^\s\u2066-\u2069<>"'.,;:!?()\[\]،؛؟।…])/;
let busy = Promise.resolve();

function bubble(text, who) {
  const one = document.createElement("div");
  one.className = "bubble " + who;
  one.dir = "auto";
  text.split(ADDRESS).forEach(function (part, index) {
    if (index % 2) {
      const link = document.createElement("a");
      link.href = part; link.textContent = part; link.rel = "noreferrer noopener"; link.target = "_blank";
      one.append(link);
    } else { one.append(part); }
  });
  talk.append(one);
  return one;
}

function file(given) { // a link that saves it, or opens the calendar on a phone
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([given.content], { type: given.type }));
  link.download = given.name; link.textContent = "📎 " + given.name;
  bubble("", "bot").append(link);
}

function keyboard(buttons) {
  const board = document.createElement("div");
  board.className = "keyboard";
  let row = null, last = null;
  buttons.forEach(function (button) {
    if (!row || !button.row || button.row !== last) {
      row = document.createElement("div");
      row.className = "row";
      board.append(row);
    }
    last = button.row || null;
    const key = document.createElement(button.url ? "a" : "button");
    key.textContent = button.title;
    key.dir = "auto";
    if (button.url) { key.href = button.url; key.rel = "noreferrer noopener"; key.target = "_blank"; }
    else { key.type = "button"; key.addEventListener("click", function () { say(button.title, { payload: button.payload }); }); }
    row.append(key);
  });
  talk.append(board);
}

function show(messages) {
  const before = talk.lastElementChild;
  messages.forEach(function (message) {
    if (message.text) { bubble(message.text, "bot"); }
    if (message.file) { file(message.file); }
    if (message.buttons && message.buttons.length) { keyboard(message.buttons); }
  });
  talk.dataset.answers = String(Number(talk.dataset.answers || 0) + messages.length);
  if (before) { // what was asked, unless it fills the screen, then the answer from its first line
    (before.offsetHeight < talk.clientHeight / 2 ? before : before.nextElementSibling || before).scrollIntoView({ block: "start" });
  }
}

async function post(body) {
  try {
    const answer = await fetch("/chat/send", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const data = await answer.json();
    show(answer.ok ? data.messages : [{ text: talk.dataset.offline }]);
  } catch (error) {
    show([{ text: talk.dataset.offline }]);
  }
}

function say(shown, body) {
  bubble(shown, "me").scrollIntoView({ block: "end" });
  busy = busy.then(function () { return post(body); });
}

form.addEventListener("submit", function (event) {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) { return; }
  input.value = "";
  say(text, { text: text });
});

async function notices() {
  try {
    const answer = await fetch("/chat/notices");
    const data = await answer.json();
    if (data.messages.length) { show(data.messages); }
  } catch (error) { /* asked again next time */ }
  setTimeout(notices, 5000);
}

busy = busy.then(function () { return post({ payload: "/start" }); });
setTimeout(notices, 5000);
