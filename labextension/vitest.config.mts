import { defineConfig } from 'vitest/config';

// Only the logic is tested here, without a DOM; what is drawn is tested in a real browser (tests/e2e).
export default defineConfig({ test: { include: ['tests/*.test.ts'], environment: 'node' } });
