// After signing in, go back to the page that asked for it.
(() => {
  "use strict";
  const found = () => document.cookie.match(/(?:^|; )aura_return=([^;]+)/)?.[1];
  if (!found()) return;
  const timer = setInterval(() => {
    const value = found();
    if (!value) return clearInterval(timer);
    if (location.pathname.endsWith("/login") || document.querySelector("input[type=password]")) return;
    clearInterval(timer);
    document.cookie = "aura_return=; Max-Age=0; Path=/chat";
    const path = decodeURIComponent(value);
    if (/^\/(?![/\\])/.test(path)) location.replace(path);
  }, 200);
})();
