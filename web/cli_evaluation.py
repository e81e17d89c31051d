"""`citygrid evaluate`: count facts for the evaluation, or prove that counts are what the facts say."""

from typing import Annotated

import typer

from web.cli_shared import DataDir, absolute, console, database
from web.settings import load_settings


def evaluate(
    everything: Annotated[
        bool, typer.Option("--all", help="Count every case anew, not what changed.")
    ] = False,
    prove: Annotated[
        bool, typer.Option("--prove", help="Count from scratch beside what is kept, and compare.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Count facts for the evaluation; the worker does so every minute by itself.

    With --prove it counts what is new, then all facts from scratch, compares every count of every day with
    what is kept, checks the chain of frozen periods and their digests, and exits with 1 if anything differs.
    """
    from cases.evaluation.freezing import find_fault
    from cases.evaluation.operations import Counting
    from gis_core.clock import SystemClock
    from gis_core.db import open_engine, open_sessions

    with database(load_settings(data_dir=absolute(data_dir)), "citygrid evaluate") as ready:
        engine = open_engine(ready.database_url, pool_size=2)
        try:
            sessions = open_sessions(engine)
            counting = Counting(sessions)
            if prove:
                proof = counting.prove(SystemClock().now())
                with sessions() as session:
                    fault = find_fault(session)
                console.print(
                    f"核对 {proof.counts:,} 个日计数：不一致 {proof.differing:,} 个，"
                    f"用时 {proof.took_s:.1f} 秒"
                )
                console.print("冻结记录完整。" if fault is None else f"冻结记录第 {fault} 条与其摘要不符！")
                if proof.differing or fault is not None:
                    raise typer.Exit(1)
                return
            at = SystemClock().now()
            done = counting.recount(at) if everything else counting.refresh(at)
            read = "全部案件" if done.cases is None else f"{done.cases:,} 件案件"
            console.print(f"已统计{read}，用时 {done.took_s:.1f} 秒")
        finally:
            engine.dispose()
