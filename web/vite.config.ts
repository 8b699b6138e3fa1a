import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server serves what is built here at /app/. After the build `squeeze.mjs` lays the Brotli form of each file beside it.
export default defineConfig({
  base: "/app/",
  plugins: [react()],
  worker: { format: "es" },
  build: {
    outDir: "../src/pullwright/server/web/built",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
  test: { environment: "jsdom", include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
} as Parameters<typeof defineConfig>[0]);
