docker run -d --name test-data alpine:latest sleep 600
docker exec -w /tmp test-data sh -c 'echo "중요한 데이터" > important.txt'
docker exec -i test-data tee /var/log/app.log <<< "애플리케이션 로그"
docker stop -t 0 test-data && docker start test-data
docker exec -w /tmp test-data tac important.txt
docker exec test-data sh -c 'echo "== $(cat /var/log/app.log) =="'
docker rm -f test-data; docker run -dit --name test-data-new alpine:latest
docker exec -it test-data-new sh
cd /tmp
pwd
ls -la
cd ../var/log; ls
exit
docker rm -f test-data-new
