"use strict";
// The recording is played once somebody wants to see it; without the player, nothing is to be done.
(() => {
  const box = document.getElementById("playback");
  if (!box || typeof AsciinemaPlayer === "undefined") return;
  const cast = JSON.parse(document.getElementById("recording").textContent);
  let player;
  const open = () => {
    if (player) return player;
    try {
      player = AsciinemaPlayer.create({ data: cast }, document.getElementById("player"), {
        fit: "width",
        theme: "page",
        terminalLineHeight: 1.4,
        preload: true,
      });
    } catch {
      document.getElementById("play-failed").hidden = false;
    }
    return player;
  };
  box.hidden = false;
  box.addEventListener("toggle", () => {
    if (!box.open) player?.pause();
    else open()?.play();
  });
  for (const step of document.querySelectorAll("[data-start]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "seek";
    button.textContent = "▶";
    button.title = box.dataset.here;
    button.setAttribute("aria-label", `${box.dataset.here}: ${step.dataset.line}`);
    button.addEventListener("click", () => {
      const playing = open();
      box.open = true;
      playing?.seek(Number(step.dataset.start)).then(() => playing.play());
      box.scrollIntoView();
      box.querySelector(".ap-wrapper")?.focus({ preventScroll: true });
    });
    step.append(button);
  }
})();
