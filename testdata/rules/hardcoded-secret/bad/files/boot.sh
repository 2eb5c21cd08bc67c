#!/bin/sh
export DB_PASSWORD='Maple-Heron-47' # expect: KW101
start
