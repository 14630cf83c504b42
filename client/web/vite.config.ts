import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { iconSprite } from "./scripts/icons";

/** what is shared by ways of looking at a board, and not needed before */
const onlyBoard = /src\/board\/|QR\.svelte|uqr/;

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
    // Few files: each costs a way there and back, and a browser asks for six at a time. The canvas is one, what the first
    // page shares with any other is one.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "svelte", test: /node_modules\/svelte\//, priority: 3 },
            { name: "page", test: (id) => !onlyBoard.test(id), minShareCount: 2, priority: 2 },
            { name: "board", test: onlyBoard, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: "http://localhost:8080", ws: true } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
