// Puts the chat into the corner, signed in by the page's token, told what the page shows.
(() => {
  "use strict";
  const given = JSON.parse(document.getElementById("aura-widget").textContent);
  const server = `${location.origin}/chat`;
  let mounted;

  function script(src) {
    return new Promise((resolve, reject) => {
      const tag = document.createElement("script");
      tag.src = src;
      tag.onload = resolve;
      tag.onerror = reject;
      document.head.append(tag);
    });
  }

  async function mount() {
    await fetch(`${server}/auth/jwt`, {
      method: "POST",
      headers: { Authorization: `Bearer ${given.token}` },
      credentials: "same-origin",
    });
    await script(`${server}/copilot/index.js`);
    window.mountChainlitWidget({
      chainlitServer: server,
      accessToken: given.token,
      theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
      language: "en-US",
      customCssUrl: `${server}/public/aura.css`,
    });
  }

  const ready = () => (mounted ??= mount());
  const within = () => document.getElementById("chainlit-copilot")?.shadowRoot;

  async function until(found) {
    for (let tries = 0; tries < 200; tries += 1) {
      const value = found();
      if (value) return value;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the chat did not open");
  }

  async function open() {
    await ready();
    await until(() => within()?.querySelector("#chainlit-copilot-button"));
    if (!within().querySelector("#chat-input")) window.toggleChainlitCopilot();
    await until(() => within()?.querySelector("#chat-input"));
    await until(() => window.sendChainlitMessage);
  }

  // The chat asks what the page shows as soon as it is connected, and again at each question.
  let asked = false;
  let connected;
  const connection = new Promise((resolve) => { connected = resolve; });
  addEventListener("chainlit-call-fn", ({ detail }) => {
    if (detail.name !== "aura_page") return;
    detail.callback(asked ? { ...given.page, quiet: "yes" } : given.page);
    connected();
  });

  for (const button of document.querySelectorAll("[data-ask]")) {
    button.addEventListener("click", async () => {
      asked = true;
      await open();
      await connection;
      window.sendChainlitMessage({ type: "user_message", output: button.dataset.ask });
    });
  }
  addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(ready));
})();
