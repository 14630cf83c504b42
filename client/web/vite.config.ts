import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { iconSprite } from "./scripts/icons";

// The server embeds dist and sends a policy that allows nothing inline: no data: addresses, no polyfill script.
export default defineConfig({
  plugins: [svelte(), iconSprite()],
  base: "/",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: "http://localhost:8080", ws: true } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
