"""What one run may show; the same numbers as packages/protocol/src/limits.ts, where the server enforces them again."""

MAX_CONSOLE_LENGTH = 1_000_000
MAX_BUNDLE_BYTES = 8 * 1024 * 1024
MAX_OUTPUT_BYTES = 16 * 1024 * 1024
MAX_OUTPUTS_PER_RUN = 1_000

# Characters of one plain-text representation, and of one exception's message.
MAX_TEXT_LENGTH = 100_000
MAX_MESSAGE_LENGTH = 10_000
