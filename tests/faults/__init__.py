"""The fault suite: real processes killed, stopped and lied to, and an oracle that compares the platform's own
log with the table.

    clock     one fast clock for every process of a world; it can be moved on, or set wrong
    server    the platform: a loopback server in the test's process, so it outlives every kill
    kind      what the scheduler is given to speak to it, one recovery class at a time
    worker    one life of a scheduler, in a process of its own
    control   the same work done by a queue that sends again what it does not know
    world     all of it together: queue, start, kill, heal, judge
    oracle    which promise was broken, if any; pure
"""
