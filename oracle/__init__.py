"""Price agreement. Signed reports, quorum and on-chain delivery come with the proof issue."""
