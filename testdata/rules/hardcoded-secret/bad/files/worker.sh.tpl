#!/bin/sh
export DB_PASSWORD='${entry}'
start
