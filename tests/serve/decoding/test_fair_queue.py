"""Clients take turns."""

from collections import Counter

from conftest import byte_tokenizer
from zhyper.serve import Request, Sampling
from zhyper.serve.decoding._batch import Row
from zhyper.serve.decoding._fair_queue import FairQueue


def waiting(*clients):
    queue, rows = FairQueue(), []
    for client in clients:
        row = Row(
            Request(tokens=[5], modulation=None, sampling=Sampling(max_tokens=1), client=client),
            byte_tokenizer(),
            lambda piece: None,
        )
        rows.append(row)
        queue.put([row])
    return queue, rows


def test_of_clients_with_as_many_rows_the_one_whose_turn_is_longest_ago_comes_next():
    queue, rows = waiting("a", "a", "a", "b", "b", "c")
    order = []
    while row := queue.peek({}):
        queue.pop(row)
        order.append(row.request.client)
    assert order == ["a", "b", "c", "a", "b", "a"]
    assert len(queue) == 0


def test_a_client_with_rows_under_way_waits_for_those_without():
    queue, rows = waiting("a", "b", "b")
    assert queue.peek(Counter(a=1)) is rows[1]
    assert queue.peek(Counter(a=1, b=2)) is rows[0]
    assert queue.remove(rows[1:2]) == [rows[1]] and queue.count("b") == 1 and len(queue) == 2
