"use strict";
// The page works without this: each button posts the form, and the page comes back with the conversation so far.
const talk = document.getElementById("talk");
const form = document.getElementById("form");
const input = document.getElementById("text");
const WAIT_SHOWN_AFTER = 1500, NOTICES_EVERY = 5000; // milliseconds
let busy = Promise.resolve(), waiting = 0, left = false;
window.addEventListener("pagehide", function () { left = true; });

// The national style comes once the page can be used, and not at all on a line that is slow or counted.
const line = navigator.connection || {};
const style = document.currentScript.dataset.style;
if (style && !line.saveData && !/2g/.test(line.effectiveType || "")) {
  const link = document.createElement("link");
  link.rel = "stylesheet"; link.href = style;
  document.head.prepend(link); // before our own, which has the last word
}

function bubble(text, who) {
  const one = document.createElement("div");
  one.className = "bubble " + who;
  one.dir = "auto";
  one.textContent = text;
  if (who === "me") {
    const label = document.createElement("p");
    label.className = "visually-hidden"; label.textContent = talk.dataset.you;
    talk.append(label);
  }
  talk.append(one);
  return one;
}

function show(count, add) { // `add` puts the messages in
  const before = talk.lastElementChild;
  add();
  talk.dataset.answers = String(Number(talk.dataset.answers || 0) + count);
  if (before) { // what was asked, unless it fills the screen, then the answer from its first line
    (before.offsetHeight < talk.clientHeight / 2 ? before : before.nextElementSibling || before).scrollIntoView({ block: "start" });
  }
}

function answered(data) {
  if (data.messages.length) { show(data.messages.length, function () { talk.insertAdjacentHTML("beforeend", data.html); }); }
  if (data.language && data.language !== document.documentElement.lang && waiting <= 1) { location.reload(); } // the labels, too
}

function offline() {
  show(1, function () { bubble(talk.dataset.offline, "bot"); });
}

function wait() { // said when it takes long; gives what takes it away
  let note = null;
  const timer = setTimeout(function () {
    note = document.createElement("p");
    note.className = "wait"; note.dir = "auto"; note.textContent = talk.dataset.wait;
    talk.append(note);
    note.scrollIntoView({ block: "nearest" });
  }, WAIT_SHOWN_AFTER);
  return function () { clearTimeout(timer); if (note) { note.remove(); } };
}

async function post(body) {
  const over = wait();
  let data = null;
  try {
    const answer = await fetch("/chat/send", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    data = answer.ok ? await answer.json() : null;
  } catch (error) {
    if (body.text && !input.value) { input.value = body.text; } // it need not be typed again
  }
  over();
  if (left) { return; }
  if (data) { answered(data); } else { offline(); }
}

function later(body) {
  waiting += 1;
  busy = busy.then(function () { return post(body); }).then(function () { waiting -= 1; });
}

function say(shown, body) {
  bubble(shown, "me").scrollIntoView({ block: "end" });
  later(body);
}

form.addEventListener("submit", function (event) {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) { return; }
  input.value = "";
  say(text, { text: text });
});

talk.addEventListener("click", function (event) {
  const key = event.target.closest("button[name=payload], a.listen");
  if (!key) { return; }
  event.preventDefault();
  if (key.tagName === "A") { listen(key); } else { say(key.textContent, { payload: key.value }); }
});

async function listen(key) { // a second press stops
  const board = key.closest(".keyboard");
  const old = board.querySelector(".sound");
  if (old) { old.remove(); return; }
  const box = document.createElement("div");
  box.className = "sound"; box.dir = "auto";
  board.append(box);
  const over = wait();
  try {
    const answer = await fetch(key.href);
    const told = decodeURIComponent(answer.headers.get("x-caption") || "");
    if (answer.ok) { play(box, key, await answer.blob(), told); }
    else { // it says why in place of the sound
      box.remove();
      const why = await answer.text();
      show(1, function () { bubble(why, "bot"); });
    }
  } catch (error) { box.remove(); offline(); }
  over();
}

function play(box, key, content, told) {
  const sound = document.createElement("audio");
  sound.controls = true; sound.src = URL.createObjectURL(content);
  sound.setAttribute("aria-label", key.textContent);
  box.append(told, sound);
  box.scrollIntoView({ block: "nearest" });
  sound.play().catch(function () { /* the browser wants another press, on the player */ });
}

async function notices() {
  try {
    const answer = await fetch("/chat/notices");
    const data = await answer.json();
    if (!left) { answered(data); }
  } catch (error) { /* asked again next time */ }
  setTimeout(notices, NOTICES_EVERY);
}

if (talk.firstElementChild) {
  talk.lastElementChild.scrollIntoView({ block: "end" });
} else {
  later({ payload: "/start" });
}
setTimeout(notices, NOTICES_EVERY);
